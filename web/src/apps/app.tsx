import { type ReactNode, useEffect, useRef } from 'react'
import type { App } from '../../../server/contract/app.ts'
import { AddonScreen } from '../addons/addon.tsx'
import { BuildScreen } from '../deploys/build.tsx'
import { Builds } from '../deploys/builds.tsx'
import { Releases } from '../deploys/releases.tsx'
import { ShellScreen } from '../deploys/shell.tsx'
import { useCall } from '../shell/api.ts'
import { Nothing } from '../shell/nothing.tsx'
import { Link, usePlace } from '../shell/router.tsx'
import { ActivityScreen } from '../telemetry/activity.tsx'
import { Logs } from '../telemetry/logs.tsx'
import { MetricsScreen } from '../telemetry/metrics.tsx'
import { Guard } from '../ui/guard.tsx'
import { Icon } from '../ui/icon.tsx'
import { State } from '../ui/state.tsx'
import { Asked } from '../ui/waiting.tsx'
import { Config } from './config.tsx'
import { DomainsScreen } from './domains.tsx'
import { Overview } from './overview.tsx'
import { Resources } from './resources.tsx'
import { Settings } from './settings.tsx'
import { TABS } from './tabs.ts'

const EVERY_MS = 3_000

const SCREENS: Record<string, (app: App) => ReactNode> = {
  overview: (app) => <Overview app={app} />,
  releases: (app) => <Releases app={app} />,
  builds: (app) => <Builds app={app} />,
  logs: (app) => <Logs app={app} />,
  metrics: (app) => <MetricsScreen app={app} />,
  config: (app) => <Config app={app} />,
  resources: (app) => <Resources app={app} />,
  domains: (app) => <DomainsScreen app={app} />,
  shell: (app) => <ShellScreen app={app} />,
  activity: (app) => <ActivityScreen app={app} />,
  settings: (app) => <Settings app={app} />,
}

/** Of what there are several: the page of one of them, and the tab that it stands behind. */
const DETAILS: Record<string, { behind: string; show: (app: App, one: string) => ReactNode }> = {
  builds: { behind: 'builds', show: (app, build) => <BuildScreen key={build} app={app} id={build} /> },
  addons: { behind: 'resources', show: (app, addon) => <AddonScreen key={addon} app={app} name={addon} /> },
}

/** `one`: of what the tab lists. */
export function AppScreen({ name, tab, one }: { name: string; tab: string; one: string | undefined }) {
  const query = useCall('apps.info', { params: { app: name } }, { everyMs: EVERY_MS })
  const { path } = usePlace()
  const current = one === undefined ? tab : DETAILS[tab]?.behind
  return (
    <Asked query={query} what={`Loading ${name}`}>
      {(app) => (
        <>
          <AppHead app={app} />
          <Tabs app={name} current={current} />
          <div className="tab">
            <Guard key={path}>
              {(one === undefined ? SCREENS[tab]?.(app) : DETAILS[tab]?.show(app, one)) ?? <Nothing path={path} />}
            </Guard>
          </div>
        </>
      )}
    </Asked>
  )
}

/** Where there is no room for all of them, the current one is in sight. */
function Tabs({ app, current }: { app: string; current: string | undefined }) {
  const nav = useRef<HTMLElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another one is current.
  useEffect(() => {
    const all = nav.current
    if (!all) return
    const sizes = new ResizeObserver(() => {
      const one = all.querySelector<HTMLElement>('[aria-current]')
      if (one) all.scrollLeft = one.offsetLeft - all.offsetLeft - (all.clientWidth - one.offsetWidth) / 2
    })
    sizes.observe(all)
    return () => sizes.disconnect()
  }, [current])
  return (
    <nav ref={nav} className="tabs" aria-label={`Pages of ${app}`}>
      {TABS.map(({ id, label }) => (
        <Link key={id} to={`/apps/${app}/${id}`} {...(id === current && { 'aria-current': 'page' as const })}>
          {label}
        </Link>
      ))}
    </nav>
  )
}

function AppHead({ app }: { app: App }) {
  return (
    <header className="page-head">
      <h1>{app.name}</h1>
      <State state={app.state} label={app.state === 'blank' ? 'nothing deployed yet' : app.state} />
      {app.release !== null && <span className="quiet">v{app.release}</span>}
      {app.release !== null && (
        <a className="page-url" href={app.url} target="_blank" rel="noreferrer">
          {app.url.replace(/^https?:\/\//, '').replace(/\/$/, '')} <Icon name="away" />
        </a>
      )}
    </header>
  )
}
