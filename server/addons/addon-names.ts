import { randomInt } from 'node:crypto'

const WORDS =
  'acute amber angular basic clear concave convex cubed curved deep defined dimensional elliptical fitted flat graceful horizontal infinite metric octagonal parallel perpendicular polished rigid rugged shaped sinuous solid'.split(
    ' ',
  )

/** `postgresql-curved-12345` */
export function madeUpAddonName(service: string): string {
  return `${service}-${WORDS[randomInt(WORDS.length)]}-${randomInt(10_000, 100_000)}`
}
