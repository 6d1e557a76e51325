import type { DiskItem } from '../server/contract/disk.ts'
import { sizeText } from './size.ts'

/** Rows of a table: what happens, size, app, what, why. */
export function itemRows(verb: string, items: DiskItem[]): string[][] {
  return items.map(({ app, bytes, what, why }) => [verb, sizeText(bytes), app ?? '-', what, why])
}
