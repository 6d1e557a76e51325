import { BuildFailure } from '../errors.ts'
import { findJsonMistake } from '../json-mistake.ts'
import type { Source } from '../source.ts'

/** The fields that decide about a build. */
export type PackageJson = {
  name: string | undefined
  version: string | undefined
  main: string | undefined
  module: string | undefined
  /** By program: `node`, `npm`, `pnpm`, `yarn`. */
  engines: Record<string, string>
  /** Pins of Volta, by program. */
  volta: Record<string, string>
  /** As written: `pnpm@10.2.0+sha512.abc`. */
  packageManager: string | undefined
  /** What devEngines names, where it is one program. */
  devEngines: { runtime: NamedVersion | undefined; packageManager: NamedVersion | undefined }
  scripts: Record<string, string>
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
  /** Patterns of directories; undefined without workspaces. */
  workspaces: string[] | undefined
}

export type NamedVersion = { name: string; version: string | undefined }

const FILE = 'package.json'

export function readPackageJson(source: Pick<Source, 'text'>): PackageJson {
  return fieldsOf(parse(source.text(FILE) ?? '{}'))
}

function fieldsOf(json: Record<string, unknown>): PackageJson {
  const devEngines = isObject(json['devEngines']) ? json['devEngines'] : {}
  return {
    name: textOf(json['name']),
    version: textOf(json['version']),
    main: textOf(json['main']),
    module: textOf(json['module']),
    engines: texts(json, 'engines'),
    volta: texts(json, 'volta'),
    packageManager: textOf(json['packageManager']),
    devEngines: {
      runtime: namedVersion(devEngines['runtime']),
      packageManager: namedVersion(devEngines['packageManager']),
    },
    scripts: texts(json, 'scripts'),
    dependencies: { ...texts(json, 'dependencies'), ...texts(json, 'optionalDependencies') },
    devDependencies: texts(json, 'devDependencies'),
    workspaces: patternsOf(json['workspaces']),
  }
}

/** A list, or as Yarn has it an object with the list in it. */
function patternsOf(value: unknown): string[] | undefined {
  const list = isObject(value) ? value['packages'] : value
  return Array.isArray(list) ? list.filter((pattern) => typeof pattern === 'string') : undefined
}

/** The first of a list is the one that is preferred. */
function namedVersion(value: unknown): NamedVersion | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value
  if (!isObject(first)) return undefined
  const name = textOf(first['name'])
  return name === undefined ? undefined : { name, version: textOf(first['version']) }
}

function parse(text: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(text)
    if (isObject(json)) return json
  } catch {
    throw brokenJson(text)
  }
  throw new BuildFailure('package-json.invalid', `${FILE} must hold a JSON object, such as {"scripts": {...}}.`, {
    fix: `Run \`npm init\` to write a fresh ${FILE}.`,
    command: 'npm init -y',
  })
}

function brokenJson(text: string): BuildFailure {
  const mistake = findJsonMistake(text)
  const place = mistake ? `, line ${mistake.line}, column ${mistake.column}: unexpected ${mistake.found}` : ''
  const merge = mistake && /^[<=>]{7}/.test(mistake.found)
  return new BuildFailure('package-json.invalid', `${FILE} is not valid JSON${place}.`, {
    fix: merge ? `Settle the merge conflict in ${FILE} and commit it.` : `Correct ${FILE} and push again. To check it:`,
    command: `node -p "require('./${FILE}')"`,
  })
}

function texts(json: Record<string, unknown>, field: string): Record<string, string> {
  const value = json[field]
  if (value === undefined || value === null) return {}
  if (!isObject(value)) {
    throw new BuildFailure(
      'package-json.invalid',
      `"${field}" in ${FILE} must be an object, such as {"name": "text"}.`,
      {
        fix: `Correct "${field}" in ${FILE} and push again.`,
      },
    )
  }
  return Object.fromEntries(
    Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  )
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
