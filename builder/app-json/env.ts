import { randomBytes } from 'node:crypto'
import { BuildFailure } from '../errors.ts'
import type { AppManifest } from '../plan.ts'
import { type Field, isObject } from './field.ts'

type EnvWish = AppManifest['env'][number]

const NAME = /^(?!__)[A-Za-z_][A-Za-z0-9_]{0,255}$/
/** Set by the platform for each instance. */
const RESERVED = /^(?:PORT|DYNO|PAAS_.*)$/
/** Heroku's: 64 hexadecimal digits. */
const SECRET_BYTES = 32
const SHOWN_DESCRIPTIONS = 5

export function readEnv(env: Field): EnvWish[] {
  return env.members().flatMap(([name, field]) => {
    if (RESERVED.test(name)) field.warn(`${field.path} was left out: the platform sets ${name} for each instance.`)
    else if (!NAME.test(name)) field.wrong('cannot name a config var: use letters, digits and _')
    else return isObject(field.value) ? [readWish(name, field)] : readPlain(name, field)
    return []
  })
}

/** `"NAME": "value"` */
function readPlain(name: string, field: Field): EnvWish[] {
  const value = plainValue(field)
  if (value === undefined && !field.present) field.wrong('must be text, or an object with value, generator or required')
  return value === undefined ? [] : [{ name, value, generated: false, required: false, description: null }]
}

function readWish(name: string, field: Field): EnvWish {
  const of = field.object(['description', 'value', 'required', 'generator'], {
    sync: 'is not followed: config vars that are set stay as they are',
  })
  const required = of('required').flag() ?? true
  const generated = of('generator').oneOf(['secret']) !== undefined
  const given = plainValue(of('value'))
  // A form to be filled in has an empty place for what has to be there.
  const value = given === '' && required ? null : (given ?? null)
  const description = typeof of('description').value === 'string' ? String(of('description').value) : null
  return { name, value, generated, required, description }
}

function plainValue(field: Field): string | undefined {
  const { value } = field
  if (!field.present) return undefined
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'string') return field.wrong('must be text')
  return value.includes('\0') ? field.wrong('holds a NUL byte') : value
}

export type EnvAdded = { config: Record<string, string>; generated: string[] }

/**
 * What the app does not have yet of what its app.json gives, without what its addons will bring: nothing that is set is
 * ever changed. Throws `config.missing` with one command for everything that only a person can know.
 */
export function missingEnv({ env, addons }: AppManifest, present: Record<string, string>): EnvAdded {
  const brought = new Set(addons.flatMap(variablesOf))
  const absent = env.filter(({ name }) => !Object.hasOwn(present, name) && !brought.has(name))
  const wanted = absent.filter(({ value, generated, required }) => required && value === null && !generated)
  if (wanted.length > 0) throw missing(wanted)
  const generated = absent.filter((wish) => wish.generated && wish.value === null).map(({ name }) => name)
  const given = absent.flatMap(({ name, value }) => (value === null ? [] : [[name, value] as const]))
  const secrets = generated.map((name) => [name, randomBytes(SECRET_BYTES).toString('hex')] as const)
  return { config: Object.fromEntries([...given, ...secrets]), generated }
}

/** Heroku's names for what is known by name; `as` says another one. */
function variablesOf({ plan, as }: AppManifest['addons'][number]): string[] {
  if (as !== null) return [`${as}_URL`]
  if (/postgres|^(mysql|mariadb)(:|$)/.test(plan)) return ['DATABASE_URL']
  if (/^memcached?(:|$)/.test(plan)) return ['MEMCACHED_URL']
  return /redis/.test(plan) ? ['REDIS_URL'] : []
}

function missing(wanted: EnvWish[]): BuildFailure {
  const names = wanted.map(({ name }) => name)
  const descriptions = wanted.flatMap(({ name, description }) => (description ? [`${name}: ${description}`] : []))
  const told = descriptions.slice(0, SHOWN_DESCRIPTIONS).join('; ')
  const one = names.length === 1
  const be = one ? 'a config var that is' : 'config vars that are'
  return new BuildFailure('config.missing', `app.json asks for ${be} not set: ${names.join(', ')}.`, {
    fix: `${one ? 'Set it' : 'Set all of them with one command'}, then push again.${told === '' ? '' : ` ${told}`}`,
    command: `paas config:set ${names.map((name) => `${name}=<value>`).join(' ')}`,
  })
}
