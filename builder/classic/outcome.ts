import { lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BuildFailure } from '../errors.ts'
import type { BuildPlan, ProcessTypes } from '../plan.ts'
import { OUTCOME } from './plan.ts'

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
const PROCESS_TYPE = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/
const MOST_CHARACTERS = 256 * 1024

/**
 * The plan with what only the buildpacks themselves know: their names, default process types and config vars. `text` is
 * what the runner wrote. Throws BuildFailure `buildpack.release-invalid` or `buildpack.no-start`.
 */
export async function withOutcome(plan: BuildPlan, text: string | undefined): Promise<BuildPlan> {
  const { detected, release } = readOutcome(text)
  const said = await readRelease(release, plan.classic?.at(-1) ?? '')
  const processTypes: ProcessTypes = { ...said.processTypes, ...plan.processTypes }
  if (Object.keys(processTypes).length === 0) throw nothingToStart(detected)
  return {
    ...plan,
    title: detected.join(', ') || plan.title,
    processTypes,
    environment: { ...plan.environment, ...said.environment },
  }
}

/** The same for a directory that the buildpacks have worked in; any other plan is complete as it is. */
export async function withTreeOutcome(plan: BuildPlan, directory: string | undefined): Promise<BuildPlan> {
  if (!plan.classic || directory === undefined) return plan
  const file = join(directory, OUTCOME)
  const status = lstatSync(file, { throwIfNoEntry: false })
  const readable = status?.isFile() && status.size <= MOST_CHARACTERS
  return await withOutcome(plan, readable ? readFileSync(file, 'utf8') : undefined)
}

function readOutcome(text: string | undefined): { detected: string[]; release: string } {
  try {
    const { detected, release } = JSON.parse(text ?? '') as { detected: string[]; release: string }
    return { detected: detected.map(String), release: String(release) }
  } catch (cause) {
    throw new BuildFailure(
      'buildpack.no-outcome',
      `The buildpacks left no ${OUTCOME} behind, which tells what they found.`,
      { fix: 'A buildpack must not empty the directory .paas of the app.' },
      { cause },
    )
  }
}

type Release = { processTypes: Record<string, string>; environment: Record<string, string> }

/** `default_process_types` and `config_vars`; addons are none of ours to make. */
async function readRelease(text: string, name: string): Promise<Release> {
  if (text.trim() === '') return { processTypes: {}, environment: {} }
  try {
    const { parse } = await import('yaml')
    if (text.length > MOST_CHARACTERS) throw new Error('it is too long')
    const said: unknown = parse(text, { maxAliasCount: 0 }) ?? {}
    return {
      processTypes: texts(said, 'default_process_types', PROCESS_TYPE),
      environment: texts(said, 'config_vars', NAME),
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n', 1)[0] : 'it is no YAML'
    throw new BuildFailure(
      'buildpack.release-invalid',
      `What bin/release of ${name} prints cannot be read: ${reason}`,
      { fix: 'It has to be YAML such as `default_process_types: {web: ./server}`.' },
      { cause },
    )
  }
}

function texts(said: unknown, key: string, name: RegExp): Record<string, string> {
  if (typeof said !== 'object' || said === null || Array.isArray(said)) throw new Error('it is no mapping')
  const values = (said as Record<string, unknown>)[key] ?? {}
  if (typeof values !== 'object' || Array.isArray(values)) throw new Error(`${key} is no mapping.`)
  return Object.fromEntries(
    Object.entries(values as Record<string, unknown>).map(([own, value]) => {
      if (!name.test(own)) throw new Error(`${key} has the name ${JSON.stringify(own)}.`)
      if (typeof value === 'object') throw new Error(`${key}: ${own} is no text.`)
      return [own, String(value)]
    }),
  )
}

function nothingToStart(detected: string[]): BuildFailure {
  return new BuildFailure(
    'buildpack.no-start',
    `Nothing says how the app starts: there is no Procfile, and ${detected.at(-1) ?? 'the buildpack'} has no default process types.`,
    { fix: 'Add a Procfile with a line such as `web: ./server`, commit and push again.' },
  )
}
