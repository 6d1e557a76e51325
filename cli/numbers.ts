import { UsageError } from './errors.ts'

/** A whole number within the limits, or a usage error that names the option. */
export function wholeNumber(name: string, text: string, limits: { min: number; max: number }): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (number >= limits.min && number <= limits.max) return number
  throw new UsageError(`${name} ${JSON.stringify(text)} is not a number from ${limits.min} to ${limits.max}.`)
}

/** `v12` and `12` are release 12. */
export function releaseNumber(text: string): number {
  const [, digits] = /^v?([1-9]\d{0,8})$/.exec(text) ?? []
  if (digits) return Number(digits)
  throw new UsageError(`${JSON.stringify(text)} is not a release.`, {
    fix: 'Give its number, such as v12.',
    command: 'paas releases',
  })
}
