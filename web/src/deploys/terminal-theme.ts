import type { ITheme } from '@xterm/xterm'

const LIGHT = {
  black: '#1b1c1e',
  red: '#b3261e',
  green: '#1d7a45',
  yellow: '#8f5a00',
  blue: '#2f5fd0',
  magenta: '#8a3aa8',
  cyan: '#0f7285',
  white: '#6a6c71',
  brightBlack: '#5c5e63',
  brightRed: '#c4453c',
  brightGreen: '#2a8a55',
  brightYellow: '#9a6a10',
  brightBlue: '#4672d8',
  brightMagenta: '#9c50b8',
  brightCyan: '#218296',
  brightWhite: '#3a3b3e',
}
const DARK = {
  black: '#2b2e33',
  red: '#ff8f86',
  green: '#62c98d',
  yellow: '#e6b450',
  blue: '#8fb0ff',
  magenta: '#dba0f0',
  cyan: '#6fcfdf',
  white: '#c9ccd1',
  brightBlack: '#8a8e96',
  brightRed: '#ffaaa3',
  brightGreen: '#85dba8',
  brightYellow: '#f2cb7c',
  brightBlue: '#b0c7ff',
  brightMagenta: '#e8bdf7',
  brightCyan: '#96e0ec',
  brightWhite: '#f4f5f6',
}

/** The console's own colours, as the terminal wants them. */
export function terminalTheme(): ITheme {
  const style = getComputedStyle(document.documentElement)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  const [background, ink, accent] = [colour('--sunk'), colour('--ink'), colour('--accent')]
  return {
    background,
    foreground: ink,
    cursor: accent,
    cursorAccent: background,
    selectionBackground: `${accent}55`,
    ...(isDark(background) ? DARK : LIGHT),
  }
}

/** `#0e0f10`: by the first digit of its red. */
function isDark(background: string): boolean {
  return Number.parseInt(background.slice(1, 2), 16) < 8
}
