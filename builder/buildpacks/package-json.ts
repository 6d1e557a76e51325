import { BuildFailure } from '../errors.ts'
import { findJsonMistake } from '../json-mistake.ts'
import type { Source } from '../source.ts'

/** The fields that decide about a build. */
export type PackageJson = {
  name: string | undefined
  version: string | undefined
  main: string | undefined
  nodeRange: string | undefined
  scripts: Record<string, string>
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
  hasWorkspaces: boolean
}

const FILE = 'package.json'

export function readPackageJson(source: Source): PackageJson {
  const json = parse(source.text(FILE) ?? '{}')
  return {
    name: textOf(json['name']),
    version: textOf(json['version']),
    main: textOf(json['main']),
    nodeRange: texts(json, 'engines')['node'],
    scripts: texts(json, 'scripts'),
    dependencies: { ...texts(json, 'dependencies'), ...texts(json, 'optionalDependencies') },
    devDependencies: texts(json, 'devDependencies'),
    hasWorkspaces: json['workspaces'] !== undefined,
  }
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
