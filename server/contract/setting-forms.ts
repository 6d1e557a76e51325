/** How a setting is typed and shown. `read` gives undefined for what it cannot be; `hint` says how it is written. */
export type Form = {
  hint: string
  read(text: string): unknown
  write(value: unknown): string
  /** All that it can be, where that is a few words. */
  choices?: readonly string[]
}
export type Forms = Readonly<Record<string, Form>>

const NOTHING = 'none'
const DURATION_UNITS: [unit: string, seconds: number][] = [
  ['y', 31_536_000],
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
]
const SIZE_UNITS: [unit: string, bytes: number][] = [
  ['gb', 1024 ** 3],
  ['mb', 1024 ** 2],
  ['kb', 1024],
  ['b', 1],
]

/** `max-body` is `maxBody` in the API. */
export function settingKey(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** The other way round. */
export function settingName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

export const onOff: Form = {
  hint: 'on or off',
  choices: ['on', 'off'],
  read: (text) => (text === 'on' ? true : text === 'off' ? false : undefined),
  write: (value) => (value ? 'on' : 'off'),
}

/** Seconds. */
export const duration: Form = {
  hint: 'a time such as 90s, 5m, 12h or 1y',
  read: (text) => (text === 'off' ? 0 : amount(text, DURATION_UNITS, 's')),
  write: (value) => (value === 0 ? 'off' : shortest(Number(value), DURATION_UNITS)),
}

/** Bytes; powers of 1024. */
export const size: Form = {
  hint: 'a size such as 500kb or 10mb, or off',
  read: (text) => (text === 'off' ? null : amount(text, SIZE_UNITS, 'b')),
  write: (value) => (value === null ? NOTHING : shortest(Number(value), SIZE_UNITS)),
}

/** Bytes, where there is always a bound; `2g` is 2gb. */
export const plainSize: Form = {
  hint: 'a size such as 500mb or 10gb',
  read: (given) => amount(given.replace(/^(\d+)([kmg])$/i, '$1$2b'), SIZE_UNITS, 'b'),
  write: (value) => shortest(Number(value), SIZE_UNITS),
}

export const wholeNumberForm: Form = {
  hint: 'a whole number',
  read: (given) => (/^\d{1,9}$/.test(given) ? Number(given) : undefined),
  write: String,
}

export const decimal: Form = {
  hint: 'a number such as 2 or 0.5',
  read: (given) => (/^\d{1,6}(\.\d{1,3})?$/.test(given) ? Number(given) : undefined),
  write: String,
}

export const text: Form = {
  hint: 'a text',
  read: (given) => (given === '' ? undefined : given),
  write: (value) => (value === null ? NOTHING : String(value)),
}

/** Separated by commas; empty is none. */
export const listOf = (what: string): Form => ({
  hint: `${what}, separated by commas`,
  read: (given) => (given === '' || given === NOTHING ? [] : given.split(',').map((item) => item.trim())),
  write: (value) => (value as string[]).join(',') || NOTHING,
})

export const oneOf = (...words: string[]): Form => ({
  choices: words,
  hint: `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`,
  read: (given) => words.find((word) => word === given),
  write: String,
})

/** `10/20`, or the first alone; `rest` is what the second is then. */
export function pairOf(first: string, second: string, hint: string, rest: (first: number) => object): Form {
  return {
    hint: `${hint}, or off`,
    read(given) {
      if (given === 'off') return null
      const [, one, other] = /^(\d{1,9})(?:\/(\d{1,9}))?$/.exec(given) ?? []
      if (one === undefined) return undefined
      return { [first]: Number(one), ...(other === undefined ? rest(Number(one)) : { [second]: Number(other) }) }
    },
    write(value) {
      const pair = value as Record<string, number> | null
      return pair === null ? NOTHING : `${pair[first]}/${pair[second]}`
    },
  }
}

function amount(given: string, units: [string, number][], plain: string): number | undefined {
  const [, digits, unit] = /^(\d{1,12})([a-z]*)$/.exec(given.toLowerCase()) ?? []
  const [, factor] = units.find(([name]) => name === (unit || plain)) ?? []
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor
}

/** In the largest unit that says it without a fraction, or the smallest there is; 60 s stay seconds. */
function shortest(value: number, units: [string, number][]): string {
  const fits = units.find(([name, size]) => value % size === 0 && (name !== 'm' || value > size))
  const [unit, factor] = fits ?? units.at(-1) ?? ['', 1]
  return `${value / factor}${unit}`
}
