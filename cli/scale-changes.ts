import { UsageError } from './errors.ts'

export type ScaleChange = { type: string; quantity: number } | { type: string; change: number }

const SCALE_WORD = /^([A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)([=+-])(\d{1,3})$/
const MOST = 100

/** `web=3` sets, `worker+1` and `worker-1` add and take away. */
export function readScaleChanges(words: string[]): ScaleChange[] {
  const changes = words.map(readScaleChange)
  const twice = changes.find(({ type }, index) => changes.findIndex((one) => one.type === type) !== index)
  if (twice) throw new UsageError(`${twice.type} is given twice.`)
  return changes
}

function readScaleChange(word: string): ScaleChange {
  const [, type, sign, digits] = SCALE_WORD.exec(word) ?? []
  const number = Number(digits)
  if (type === undefined || number > MOST) {
    throw new UsageError(`${JSON.stringify(word)} is not a scale.`, {
      fix: `Write TYPE=N, TYPE+N or TYPE-N, with N from 0 to ${MOST}.`,
      command: 'paas scale web=2',
    })
  }
  if (sign === '=') return { type, quantity: number }
  return { type, change: sign === '-' ? -number : number }
}
