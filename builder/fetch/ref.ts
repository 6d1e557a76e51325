/** What may stand behind `#`, and after `want`: no option, no refspec and no other way to another meaning (git-check-ref-format(1)). */
const REF = /^(?!.*(?:\.\.|\/\/|@\{|\.lock(?:\/|$)|[./]$))[A-Za-z0-9_][A-Za-z0-9_.+/@-]{0,199}$/

/** True for a branch, a tag, `HEAD` or a whole commit. */
export function isFetchableRef(ref: string): boolean {
  return REF.test(ref)
}
