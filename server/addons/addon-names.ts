import { randomInt } from 'node:crypto'

const WORDS = ['acute', 'amber', 'angular', 'basic', 'clear', 'concave', 'convex', 'cubed', 'curved', 'deep', 'defined']
const MORE = [
  'dimensional',
  'elliptical',
  'fitted',
  'flat',
  'graceful',
  'horizontal',
  'infinite',
  'metric',
  'octagonal',
]
const ALL = [
  ...WORDS,
  ...MORE,
  'parallel',
  'perpendicular',
  'polished',
  'rigid',
  'rugged',
  'shaped',
  'sinuous',
  'solid',
]

/** `postgresql-curved-12345` */
export function madeUpAddonName(service: string): string {
  return `${service}-${ALL[randomInt(ALL.length)]}-${randomInt(10_000, 100_000)}`
}
