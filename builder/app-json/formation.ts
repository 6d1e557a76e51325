import type { AppManifest } from '../plan.ts'
import type { Field } from './field.ts'

const MAX_QUANTITY = 100
const TYPE = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/
/** Memory of Heroku's sizes. Processors are the same for all here. */
const SIZES_MB: Record<string, number> = {
  free: 512,
  eco: 512,
  hobby: 512,
  basic: 512,
  'standard-1x': 512,
  'standard-2x': 1_024,
  'performance-m': 2_560,
  'performance-l': 14_336,
}
const NOT_HERE = 'is not known here and was left out'

export function readFormation(formation: Field): AppManifest['formation'] {
  const read = formation.members().flatMap(([type, field]) => {
    if (!TYPE.test(type)) field.wrong('cannot name a process type: use letters, digits and dashes')
    else if (type === 'release') field.warn(`${field.path} was left out: the release command is not scaled.`)
    else return [[type, readProcess(field)] as const]
    return []
  })
  return Object.fromEntries(read)
}

function readProcess(field: Field): AppManifest['formation'][string] {
  const left = { max_parallel: NOT_HERE, autoscaling: NOT_HERE, service: NOT_HERE, command: NOT_HERE }
  const of = field.object(['quantity', 'size'], left)
  const memoryMb = readSize(of('size'))
  return { quantity: of('quantity').whole(0, MAX_QUANTITY) ?? null, memoryMb: memoryMb ?? null }
}

function readSize(field: Field): number | undefined {
  const size = field.text()
  if (size === undefined) return undefined
  const memoryMb = SIZES_MB[size.toLowerCase()]
  if (memoryMb === undefined) field.warn(`${field.path}: the size ${size} is not known here; instances get 512 MB.`)
  return memoryMb
}
