export type PreparedDockerfile = {
  text: string
  warnings: string[]
  /** True where a step may ask for a secret, which needs a session with the engine. */
  asksSecrets: boolean
}

/** `# syntax=docker/dockerfile:1` and any other parser directive. https://docs.docker.com/reference/dockerfile/#parser-directives */
const DIRECTIVE = /^\s*(?:#|\/\/)\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/

/**
 * Makes a user's Dockerfile ready for the engine's own BuildKit: frontends from a registry (`# syntax=`) are switched
 * off, since they are programs of strangers that would also need the network for each build. Line numbers stay.
 */
export function prepareDockerfile(dockerfile: string): PreparedDockerfile {
  const text = dockerfile.replace(/^\uFEFF/, '')
  const asksSecrets = /\btype=secret\b/.test(text)
  const lines = text.split('\n')
  const end = lines.findIndex((line, index) => !DIRECTIVE.test(line) && !(index === 0 && line.startsWith('#!')))
  const head = lines.slice(0, end === -1 ? lines.length : end)
  const frontends = head.filter(isSyntax)
  // BuildKit reads JSON at the top as a frontend's name as well.
  if (text.trimStart().startsWith('{')) return { text: `#\n${text}`, warnings: [], asksSecrets }
  if (frontends.length === 0) return { text, warnings: [], asksSecrets }
  const kept = head.filter((line) => !isSyntax(line))
  const padding = frontends.map(() => '#')
  return {
    text: [...kept, ...padding, ...lines.slice(head.length)].join('\n'),
    warnings: frontends.map(
      (line) => `Ignored \`${line.trim()}\`: the Dockerfile is read by the BuildKit that is built into the engine.`,
    ),
    asksSecrets,
  }
}

function isSyntax(line: string): boolean {
  return DIRECTIVE.exec(line)?.[1]?.toLowerCase() === 'syntax'
}
