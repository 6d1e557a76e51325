import { type ReactNode, useEffect } from 'react'
import { AppScreen } from '../apps/app.tsx'
import { Home } from '../apps/home.tsx'
import { BoxScreen } from '../box/box.tsx'
import { Account } from '../people/account.tsx'
import { AllActivity } from '../telemetry/activity.tsx'
import { Guard } from '../ui/guard.tsx'
import { useHeadingFocus } from './focus.ts'
import { match } from './match.ts'
import { Nothing } from './nothing.tsx'
import { usePlace } from './router.tsx'

type Found = { title: string; screen: ReactNode }

/** Every address of the console, and what is there. */
export function screenAt(path: string): Found {
  if (path === '/' || path === '/apps') return { title: 'Apps', screen: <Home /> }
  if (match('/activity', path)) return { title: 'Activity', screen: <AllActivity /> }
  if (match('/box', path)) return { title: 'Box', screen: <BoxScreen /> }
  if (match('/account', path)) return { title: 'Account', screen: <Account /> }
  const build = match('/apps/:app/builds/:build', path)
  if (build) return ofApp(build['app'], 'builds', build['build'])
  const addon = match('/apps/:app/addons/:addon', path)
  if (addon) return ofApp(addon['app'], 'addons', addon['addon'])
  const tab = match('/apps/:app/:tab', path)
  if (tab) return ofApp(tab['app'], tab['tab'] ?? '')
  const app = match('/apps/:app', path)
  if (app) return ofApp(app['app'], 'overview')
  return { title: 'Nothing here', screen: <Nothing path={path} /> }
}

function ofApp(name = '', tab: string, one?: string): Found {
  return { title: `${name} ${tab}`, screen: <AppScreen key={name} name={name} tab={tab} one={one} /> }
}

export function Screen() {
  const { path } = usePlace()
  const { title, screen } = screenAt(path)
  useEffect(() => {
    document.title = `${title} · paas`
  }, [title])
  const place = path.split('/').slice(0, 3).join('/')
  useHeadingFocus(place)
  return <Guard key={place}>{screen}</Guard>
}
