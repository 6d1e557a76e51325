import { useState } from 'react'
import type { App } from '../../../server/contract/app.ts'
import { Warnings } from '../addons/warnings.tsx'
import { BoxLine } from '../box/box-line.tsx'
import { underWay } from '../deploys/flow-steps.ts'
import { call, useCall } from '../shell/api.ts'
import { Link, navigate, usePlace } from '../shell/router.tsx'
import { useAction } from '../ui/action.ts'
import { Cli, Copy } from '../ui/copy.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Empty } from '../ui/empty.tsx'
import { Field } from '../ui/field.tsx'
import { Icon } from '../ui/icon.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { State } from '../ui/state.tsx'
import { Ago } from '../ui/time.tsx'
import { Asked } from '../ui/waiting.tsx'
import { useApps } from './use-apps.ts'

const EVERY_MS = 4_000

export function Home() {
  const apps = useApps(EVERY_MS)
  const { query } = usePlace()
  const [text, setText] = useState('')
  return (
    <>
      <header className="page-head">
        <h1>Apps</h1>
        <div className="page-end">
          {(apps.data?.length ?? 0) > 8 && (
            <input
              type="search"
              aria-label="Filter apps"
              placeholder="Filter"
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
          <Link to="/?create=1" className="button primary">
            <Icon name="plus" /> Create app
          </Link>
        </div>
      </header>
      <BoxLine />
      <Warnings />
      <Asked query={apps} what="Loading apps">
        {(items) =>
          items.length === 0 ? (
            <FirstApp />
          ) : (
            <AppList apps={items.filter(({ name }) => name.includes(text.toLowerCase()))} />
          )
        }
      </Asked>
      {query.has('create') && <CreateApp />}
    </>
  )
}

function AppList({ apps }: { apps: App[] }) {
  if (apps.length === 0) return <Empty title="No app has these letters in its name" />
  return (
    <ul className="apps">
      {apps.map((app) => (
        <li key={app.id}>
          <Link to={`/apps/${app.name}`} className="app-name">
            {app.name}
          </Link>
          <State state={app.state} label={app.state === 'blank' ? 'nothing deployed yet' : app.state} />
          <span className="quiet">{app.release === null ? '' : `v${app.release}`}</span>
          {app.state === 'deploying' ? (
            <BuildInFlight app={app.name} />
          ) : (
            <span className="clip quiet">{app.url.replace(/^https?:\/\/|\/$/g, '')}</span>
          )}
        </li>
      ))}
    </ul>
  )
}

function BuildInFlight({ app }: { app: string }) {
  const builds = useCall('builds.list', { params: { app }, query: { limit: 1 } }, { everyMs: 2_000 })
  const build = builds.data?.items.find(underWay)
  if (!build) return <span />
  return (
    <Link to={`/apps/${app}/builds/${build.id}`} className="clip">
      {build.deploy ?? build.state}, by {build.by}, <Ago at={build.createdAt} />
    </Link>
  )
}

function FirstApp() {
  const box = useCall('box.info')
  const git = box.data && `git remote add paas ssh://git@${box.data.ssh.host}:${box.data.ssh.port}/my-app`
  return (
    <Empty title="No app yet: push one">
      <p>In a git repository of yours. The first push makes the app.</p>
      {git && <Copy text={git} prompt />}
      <Copy text="git push paas main" prompt />
      <p className="quiet">
        It needs your SSH key: <Link to="/account">add it to your account</Link>.
      </p>
    </Empty>
  )
}

function CreateApp() {
  const [name, setName] = useState('')
  const create = useAction(async () => {
    const app = await call('apps.create', { body: name === '' ? {} : { name }, idempotencyKey: crypto.randomUUID() })
    navigate(`/apps/${app.name}`)
  })
  return (
    <Dialog title="Create an app" onClose={() => navigate('/', { replace: true })}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void create.run()
        }}
      >
        <Field
          label="Name"
          autoCapitalize="none"
          spellCheck={false}
          pattern="[a-z]([a-z0-9\-]{0,28}[a-z0-9])?"
          hint="Lower-case letters, digits and dashes; without one it is made up"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <ProblemBox error={create.error} />
        <div className="buttons">
          <button type="submit" className="button primary" disabled={create.busy}>
            Create
          </button>
        </div>
        <Cli line={`paas apps:create${name === '' ? '' : ` ${name}`}`} />
      </form>
    </Dialog>
  )
}
