import { BuildFailure } from './errors.ts'

/** Images of apps and the stack; the registry of the name may be written out. */
const PLATFORM_IMAGE = /^(?:(?:index\.)?docker\.io\/)?paas\//
/** `# escape=` is one of the directives at the top. https://docs.docker.com/reference/dockerfile/#escape */
const ESCAPE_DIRECTIVE = /^(?:[ \t]*#[ \t]*\w+[ \t]*=.*\r?\n)*?[ \t]*#[ \t]*escape[ \t]*=[ \t]*([\\`])/i
const SHOWN_CHARACTERS = 200
const INSTRUCTION = /^\s*(?:ONBUILD\s+)*(\w+)\s+(.*)$/is
const ARGUMENT = /(\w+)=("[^"]*"|'[^']*'|\S*)/g
const PLAIN_ARGUMENT = /^(\w+)(?:=(?:"[^"\\]*"|'[^'\\]*'|[^\s"'\\]*))?\s*$/
const VARIABLE = /\$(?:(\w+)|\{(\w+)(?:(:?[-+])([^}]*))?\})/g

/**
 * Refuses a Dockerfile that takes files from images of the platform: the engine has those of all apps, with the source
 * and whatever their builds left in them, and asks nobody. Throws BuildFailure `dockerfile.foreign-image` or
 * `dockerfile.unclear-image`.
 */
export function refusePlatformImages(dockerfile: string, args: Record<string, string> = {}): void {
  const images = imagesIn(instructions(dockerfile), args)
  // Lines by themselves, too: the end of a heredoc may look as if it went on in the next line.
  const foreign = [...images, ...imagesIn(dockerfile.split('\n'), args)].find((image) => PLATFORM_IMAGE.test(image))
  if (foreign !== undefined) throw foreignImage(foreign)
  const unclear = images.find((image) => image.includes('$'))
  if (unclear !== undefined) throw unclearImage(unclear)
}

export function isPlatformImage(image: string): boolean {
  return PLATFORM_IMAGE.test(image)
}

/** What FROM, COPY --from and RUN --mount=from name, after the variables that FROM may hold. Stages are among them. */
function imagesIn(lines: string[], args: Record<string, string>): string[] {
  const images: string[] = []
  const variables = new Map<string, string>()
  for (const line of lines) {
    const [, keyword = '', rest = ''] = INSTRUCTION.exec(line) ?? []
    const word = keyword.toUpperCase()
    if (word === 'FROM') images.push(plain(expand(withoutFlags(rest).split(/\s/)[0] ?? '', variables)))
    if (word === 'COPY' || word === 'ADD') images.push(...flagValues(rest, /^--from=(.*)$/i))
    if (word === 'RUN') images.push(...flagValues(rest, /^--mount=(?:.*,)?from=([^,]*)/i))
    if (word === 'ARG' && images.length === 0) declare(rest, variables, args)
  }
  return images
}

/** Continued lines as one, without comments and empty lines, as BuildKit reads them. */
function instructions(dockerfile: string): string[] {
  const continued = ESCAPE_DIRECTIVE.exec(dockerfile)?.[1] === '`' ? '`' : '\\\\'
  const lines = dockerfile.split(/\r?\n/).filter((line) => !/^\s*(?:#|$)/.test(line))
  return lines
    .join('\n')
    .replace(new RegExp(`${continued}[ \\t]*\\n`, 'g'), '')
    .split('\n')
}

function foreignImage(image: string): BuildFailure {
  return new BuildFailure(
    'dockerfile.foreign-image',
    `The Dockerfile uses the image ${shown(image)}, which belongs to another app or to the platform.`,
    { fix: 'Name an image of a registry, or a stage of the same Dockerfile.' },
  )
}

function unclearImage(image: string): BuildFailure {
  return new BuildFailure(
    'dockerfile.unclear-image',
    `The Dockerfile names an image as ${shown(image)}, which cannot be checked before it is built.`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: how a Dockerfile writes it
    { fix: 'Write its name out, or use plain variables of ARG lines above the first FROM: $NAME, ${NAME:-default}.' },
  )
}

function unclearArgument(line: string): BuildFailure {
  return new BuildFailure(
    'dockerfile.unclear-image',
    `The Dockerfile has the line ARG ${shown(line)} above its first FROM, which cannot be read while build arguments are set.`,
    { fix: 'Write one ARG a line, without backslashes: ARG NAME=value.', command: 'paas build:settings' },
  )
}

function shown(image: string): string {
  return image.slice(0, SHOWN_CHARACTERS)
}

function withoutFlags(rest: string): string {
  return rest.replace(/^(?:--\S+\s+)+/, '')
}

function flagValues(rest: string, flag: RegExp): string[] {
  const flags = rest.split(/\s+/).filter((word) => word.startsWith('--'))
  return flags.flatMap((word) => flag.exec(plain(word))?.[1] ?? [])
}

/** Where values are set from outside, a line has to be plain enough to see whose value it is. */
function declare(rest: string, variables: Map<string, string>, args: Record<string, string>): void {
  if (Object.keys(args).length > 0) {
    const [, name] = PLAIN_ARGUMENT.exec(rest) ?? []
    if (name === undefined) throw unclearArgument(rest)
    const given = Object.hasOwn(args, name) ? args[name] : undefined
    if (given !== undefined) return void variables.set(name, given)
  }
  for (const [, name = '', value = ''] of rest.matchAll(ARGUMENT)) variables.set(name, plain(expand(value, variables)))
}

function expand(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(VARIABLE, (_, bare?: string, braced?: string, operator?: string, word = '') => {
    const value = variables.get(bare ?? braced ?? '')
    const isSet = value !== undefined && (value !== '' || operator?.startsWith(':') !== true)
    if (operator?.endsWith('+')) return isSet ? expand(word, variables) : ''
    return isSet ? value : expand(word, variables)
  })
}

/** Quotes and escapes vanish when BuildKit reads a word. */
function plain(word: string): string {
  return word.replace(/["'\\`]/g, '')
}
