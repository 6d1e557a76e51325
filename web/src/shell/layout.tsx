import type { ReactNode } from 'react'
import type { CurrentSession } from '../../../server/contract/session.ts'
import { signOut } from '../people/sign-out.ts'
import { Icon } from '../ui/icon.tsx'
import { Toasts } from '../ui/toast.tsx'
import { useLive } from './live.ts'
import { openPalette } from './palette.tsx'
import { Link, usePlace } from './router.tsx'
import { useSignal } from './signal.ts'
import { chooseTheme, theme } from './theme.ts'

const PLACES = [
  { to: '/', label: 'Apps', begins: ['/apps'] },
  { to: '/activity', label: 'All activity', begins: ['/activity'] },
  { to: '/box', label: 'Box', begins: ['/box'] },
  { to: '/account', label: 'Account', begins: ['/account'] },
]

export function Layout({ session, children }: { session: CurrentSession; children: ReactNode }) {
  const { path } = usePlace()
  useLive()
  return (
    <>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <header className="bar">
        <Link to="/" className="brand">
          paas
        </Link>
        <nav className="places" aria-label="Console">
          {PLACES.map(({ to, label, begins }) => {
            const here = path === to || begins.some((each) => path === each || path.startsWith(`${each}/`))
            return (
              <Link key={to} to={to} {...(here && { 'aria-current': 'page' as const })}>
                {label}
              </Link>
            )
          })}
        </nav>
        <div className="bar-end">
          <button type="button" className="bar-search" onClick={openPalette}>
            <Icon name="search" /> <span>Go to …</span> <kbd>{isApple() ? '⌘K' : 'Ctrl K'}</kbd>
          </button>
          <ThemeButton />
          <button type="button" className="icon-button" aria-label={`Sign ${session.user.name} out`} onClick={signOut}>
            <Icon name="out" />
          </button>
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      <Toasts />
    </>
  )
}

function ThemeButton() {
  const chosen = useSignal(theme)
  const dark = chosen === 'dark' || (chosen === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={dark ? 'Use light colours' : 'Use dark colours'}
      onClick={() => chooseTheme(dark ? 'light' : 'dark')}
    >
      <Icon name={dark ? 'sun' : 'moon'} />
    </button>
  )
}

function isApple(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.userAgent)
}
