import type { Terminal } from '@xterm/xterm'

/**
 * Which keys the terminal leaves to the browser: copying what is selected, pasting, and Shift-Escape, by which a keyboard
 * gets out of it, since Tab belongs to the program (WCAG 2.2, 2.1.2).
 */
export function terminalKeys(terminal: Terminal, onLeave: () => void): (event: KeyboardEvent) => boolean {
  return (event) => {
    if (event.key === 'Escape' && event.shiftKey) {
      if (event.type === 'keydown') onLeave()
      event.preventDefault()
      return false
    }
    const withControl = event.ctrlKey && !event.altKey && !event.metaKey
    if (withControl && event.key.toLowerCase() === 'v') return false
    if (withControl && event.key.toLowerCase() === 'c') return !(event.shiftKey || terminal.hasSelection())
    return true
  }
}
