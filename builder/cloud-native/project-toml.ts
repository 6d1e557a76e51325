import { Field, type Notes } from '../app-json/field.ts'
import { BuildFailure } from '../errors.ts'
import type { CloudNative, NamedBuildpack } from '../plan.ts'

export const PROJECT_TOML = 'project.toml'
/** Of the project descriptor (buildpacks/spec, extensions/project-descriptor.md) and of those that pack reads. */
const SCHEMAS = ['0.1', '0.2', '0.3']
const MOST_ENTRIES = 100
/** A buildpack that the builder has, in the form of an address. */
const OF_BUILDER = /^(?:urn:cnb:builder:|from=builder:)([^@]+)(?:@(.+))?$/
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/

/** `asked` reads the rest, which is nobody's mistake where no builder is to be run. */
export type Project = { builder: string | undefined; asked: () => Omit<CloudNative, 'builder'> }

/** Throws BuildFailure `project-toml.invalid`, as `asked` does. */
export async function readProject(text: string): Promise<Project> {
  const { parse, TomlError } = await import('smol-toml')
  try {
    const value = parse(text)
    return { builder: builderIn(new Field('', value, { mistakes: [], warnings: [] })), asked: () => told(value) }
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const what = error.message.split('\n', 1)[0]?.replace(/^Invalid TOML document: /, '') ?? ''
    throw invalid([`line ${error.line}, column ${error.column}: ${what}`], error)
  }
}

/** In the newest schema, in the one that the specification shows, or in the first. The rest may be of another tool. */
function builderIn(top: Field): string | undefined {
  const { now, early } = tables(top)
  const builder = first(now.member('builder'), now.member('build').member('builder'), early.member('builder'))
  if (!builder.present) return undefined
  if (typeof builder.value === 'string') return builder.value.trim()
  throw invalid([`${builder.path} must be text`])
}

function told(value: unknown): Omit<CloudNative, 'builder'> {
  const notes: Notes = { mistakes: [], warnings: [] }
  const result = readTables(new Field('', value, notes))
  if (notes.mistakes.length > 0) throw invalid(notes.mistakes)
  return result
}

function readTables(top: Field): Omit<CloudNative, 'builder'> {
  top.member('_').member('schema-version').oneOf(SCHEMAS)
  const { now, early } = tables(top)
  const build = now.member('build')
  const table = now.present ? now : early
  const include = first(table.member('include'), build.member('include'))
  const exclude = first(table.member('exclude'), build.member('exclude'))
  if (include.present && exclude.present) exclude.wrong('cannot stand beside include')
  const env = [early.member('env'), now.member('env').member('build'), build.member('env')].flatMap((each) =>
    each.list(MOST_ENTRIES),
  )
  return {
    buildpacks: readBuildpacks(first(now.member('group'), build.member('buildpacks'), early.member('buildpacks'))),
    before: readBuildpacks(now.member('pre').member('group')),
    after: readBuildpacks(now.member('post').member('group')),
    variables: Object.fromEntries(env.flatMap(readVariable)),
    include: include.present ? texts(include) : null,
    exclude: texts(exclude),
  }
}

/** `[io.buildpacks]`, and `[build]` of files without a schema. */
function tables(top: Field): { now: Field; early: Field } {
  return { now: top.member('io').member('buildpacks'), early: top.member('build') }
}

function readBuildpacks(list: Field): NamedBuildpack[] {
  return list.list(MOST_ENTRIES).flatMap((entry) => {
    const [uri, script] = [entry.member('uri').text(), entry.member('script')]
    const [, ofBuilder, version] = OF_BUILDER.exec(uri ?? '') ?? []
    if (script.present) return script.wrong('cannot be run here: put it into a buildpack of a builder image') ?? []
    if (uri !== undefined && ofBuilder === undefined)
      return entry.member('uri').wrong('is an address: here a builder image brings all of its buildpacks') ?? []
    const id = ofBuilder ?? entry.member('id').text()
    if (id === undefined) return entry.wrong('has no id') ?? []
    return [{ id, version: version ?? entry.member('version').text() ?? null }]
  })
}

function readVariable(entry: Field): [string, string][] {
  const [name, value] = [entry.member('name'), entry.member('value')]
  if (typeof name.value !== 'string' || !VARIABLE.test(name.value)) return name.wrong('is no name of a variable') ?? []
  if (typeof value.value !== 'string' || value.value.includes('\0')) return value.wrong('must be text') ?? []
  return [[name.value, value.value]]
}

function texts(list: Field): string[] {
  return list.list(MOST_ENTRIES).flatMap((each) => each.text() ?? [])
}

function first(...fields: [Field, ...Field[]]): Field {
  return fields.find(({ present }) => present) ?? fields[0]
}

function invalid(mistakes: string[], cause?: unknown): BuildFailure {
  const message = `${PROJECT_TOML} cannot be used: ${mistakes.join('; ')}.`
  return new BuildFailure(
    'project-toml.invalid',
    message,
    { fix: `Mend ${PROJECT_TOML}, commit it and push again.` },
    { cause },
  )
}
