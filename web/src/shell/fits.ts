/** All letters in their order, whatever stands between. */
export function fits(label: string, text: string): boolean {
  let at = 0
  const lower = label.toLowerCase()
  for (const letter of text.toLowerCase().replaceAll(' ', '')) {
    at = lower.indexOf(letter, at) + 1
    if (at === 0) return false
  }
  return true
}
