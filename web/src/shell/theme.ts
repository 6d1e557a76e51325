import { Signal } from './signal.ts'

export type Theme = 'system' | 'light' | 'dark'
const KEY = 'paas-theme'

export const theme = new Signal<Theme>(stored())

export function applyTheme(): void {
  if (theme.value === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme.value
}

export function chooseTheme(chosen: Theme): void {
  theme.set(chosen)
  try {
    localStorage.setItem(KEY, chosen)
  } catch {
    // A browser that keeps nothing shows it until the page is loaded anew.
  }
  applyTheme()
}

function stored(): Theme {
  try {
    const text = localStorage.getItem(KEY)
    return text === 'light' || text === 'dark' ? text : 'system'
  } catch {
    return 'system'
  }
}
