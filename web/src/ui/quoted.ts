/** What a shell takes as it is; anything else is quoted. */
const PLAIN = /^[\w@%+=:,./-]+$/

/** A word of a command line to copy. */
export function quoted(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
