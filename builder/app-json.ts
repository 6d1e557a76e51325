import { readEnv } from './app-json/env.ts'
import { Field, isObject, type Notes } from './app-json/field.ts'
import { readFormation } from './app-json/formation.ts'
import { readHealthChecks } from './app-json/health-checks.ts'
import { scheduleMistake } from './app-json/schedule.ts'
import { BuildFailure } from './errors.ts'
import { findJsonMistake } from './json-mistake.ts'
import type { AppManifest } from './plan.ts'

export const APP_JSON = 'app.json'

const MAX_ENTRIES = 50
const SHOWN_MISTAKES = 10
const FOLLOWED = ['env', 'formation', 'addons', 'buildpacks', 'scripts', 'cron', 'healthchecks']
const ABOUT = [
  'name',
  'description',
  'keywords',
  'website',
  'repository',
  'logo',
  'success_url',
  'stack',
  'image',
  '$schema',
]
const LEFT = { environments: 'is not read: there are no review apps and no tests here' }
const SCRIPTS = {
  'pr-predestroy': 'is not run: there are no review apps here',
  test: 'is not run: there are no tests here',
  release: 'is not run: the release command is the line `release: ...` of the Procfile',
}

/**
 * What app.json asks for, as data. Throws `app-json.invalid` with every mistake and its path. Names that are not known
 * are warnings: the file belongs to other platforms, too.
 */
export function parseAppJson(text: string): { manifest: AppManifest; warnings: string[] } {
  const notes: Notes = { mistakes: [], warnings: [] }
  const of = new Field('', parsed(text), notes).object([...FOLLOWED, ...ABOUT], LEFT)
  const manifest: AppManifest = {
    env: readEnv(of('env')),
    formation: readFormation(of('formation')),
    addons: of('addons').list(MAX_ENTRIES).flatMap(readAddon),
    buildpacks: of('buildpacks').list(MAX_ENTRIES).flatMap(readBuildpack),
    scripts: readScripts(of('scripts')),
    cron: readCron(of('cron')),
    healthChecks: readHealthChecks(of('healthchecks')),
  }
  if (notes.mistakes.length > 0) throw invalid(notes.mistakes)
  return { manifest, warnings: notes.warnings }
}

function parsed(text: string): unknown {
  const mistake = findJsonMistake(text)
  if (mistake) {
    const place = `line ${mistake.line}, column ${mistake.column}`
    throw invalid([`it is no JSON: ${place} has ${mistake.found} where that cannot stand`])
  }
  const value: unknown = JSON.parse(text)
  if (!isObject(value)) throw invalid(['it must be an object, in { }'])
  return value
}

function readAddon(field: Field): AppManifest['addons'] {
  if (typeof field.value === 'string') {
    const plan = field.text()
    return plan === undefined ? [] : [{ plan, as: null, options: {} }]
  }
  const of = field.object(['plan', 'as', 'options'])
  const plan = of('plan').text()
  if (plan === undefined && !of('plan').present) of('plan').wrong('is missing')
  const options = of('options')
    .members()
    .map(([name, option]) => [name, String(option.value)])
  return plan === undefined ? [] : [{ plan, as: of('as').text() ?? null, options: Object.fromEntries(options) }]
}

function readBuildpack(field: Field): string[] {
  const url = typeof field.value === 'string' ? field.text() : field.object(['url'])('url').text()
  if (url === undefined && isObject(field.value)) field.wrong('needs a url')
  return url === undefined ? [] : [url]
}

function readScripts(scripts: Field): AppManifest['scripts'] {
  const of = scripts.object(['postdeploy', 'dokku'], SCRIPTS)
  const dokku = of('dokku').object(['predeploy', 'postdeploy'])
  return {
    predeploy: dokku('predeploy').text() ?? null,
    afterFirst: readPostdeploy(of('postdeploy')) ?? null,
    afterEach: dokku('postdeploy').text() ?? null,
  }
}

/** A command, or Heroku's `{ "command": ..., "size": ... }`. */
function readPostdeploy(field: Field): string | undefined {
  if (!isObject(field.value)) return field.text()
  return field.object(['command'], { size: 'is not followed: it gets 512 MB' })('command').text()
}

function readCron(cron: Field): AppManifest['cron'] {
  const seen = new Map<string, string>()
  return cron.list(MAX_ENTRIES).flatMap((field) => {
    const job = readJob(field)
    if (job === undefined) return []
    const key = JSON.stringify([job.schedule, job.command])
    const first = seen.get(key)
    if (first !== undefined) field.wrong(`is the same as ${first}`)
    else seen.set(key, field.path)
    return [job]
  })
}

function readJob(field: Field): AppManifest['cron'][number] | undefined {
  if (!isObject(field.value)) return field.wrong('must be an object with command and schedule')
  const of = field.object(['command', 'schedule', 'concurrency_policy', 'timezone', 'maintenance'])
  for (const name of ['command', 'schedule']) if (!of(name).present) of(name).wrong('is missing')
  const command = of('command').text()
  const schedule = of('schedule').text()?.trim()
  const mistake = schedule === undefined ? undefined : scheduleMistake(schedule)
  if (mistake) of('schedule').wrong(mistake)
  of('timezone').oneOf(['UTC', 'Etc/UTC'])
  const concurrency = of('concurrency_policy').oneOf(['allow', 'forbid', 'replace']) ?? 'forbid'
  const paused = of('maintenance').flag() ?? false
  return command === undefined || schedule === undefined ? undefined : { command, schedule, concurrency, paused }
}

function invalid(mistakes: string[]): BuildFailure {
  const shown = mistakes.slice(0, SHOWN_MISTAKES).join('; ')
  const more = mistakes.length > SHOWN_MISTAKES ? `; and ${mistakes.length - SHOWN_MISTAKES} more` : ''
  return new BuildFailure('app-json.invalid', `app.json cannot be used: ${shown}${more}.`, {
    fix: 'Mend app.json, commit it and push again.',
  })
}
