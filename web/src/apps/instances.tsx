import type { Instance } from '../../../server/contract/formation.ts'
import { useCall } from '../shell/api.ts'
import { Link } from '../shell/router.tsx'
import { Empty } from '../ui/empty.tsx'
import { sizeText } from '../ui/size.ts'
import { State } from '../ui/state.tsx'
import { Ago } from '../ui/time.tsx'
import { Asked } from '../ui/waiting.tsx'
import { FormationDrawn } from './formation-drawn.tsx'

const EVERY_MS = 2_500

export function InstanceTable({ app }: { app: string }) {
  const params = { app }
  const instances = useCall('instances.list', { params }, { everyMs: EVERY_MS })
  // Measuring takes an engine a second or two: the states do not wait for it.
  const measured = useCall('instances.list', { params, query: { stats: 'true' } }, { everyMs: EVERY_MS })
  const figures = new Map(measured.data?.items.map((each) => [each.id, each]))
  return (
    <Asked query={instances}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="No instance runs" />
        ) : (
          <>
            <FormationDrawn instances={items} />
            <table>
              <thead>
                <tr>
                  <th>Instance</th>
                  <th>State</th>
                  <th>Release</th>
                  <th className="end">Memory</th>
                  <th className="end">CPU</th>
                  <th className="wide">Command</th>
                </tr>
              </thead>
              <tbody>
                {items.map((instance) => (
                  <Row key={instance.id} app={app} instance={instance} figures={figures.get(instance.id)} />
                ))}
              </tbody>
            </table>
          </>
        )
      }
    </Asked>
  )
}

function Row({ app, instance, figures }: { app: string; instance: Instance; figures: Instance | undefined }) {
  const { name, state, since, release, command, restarts, lastExit } = instance
  const { memoryBytes = null, cpuCores = null } = figures ?? {}
  return (
    <tr>
      <td className="mono">
        {state === 'crashed' ? (
          name
        ) : (
          <Link to={`/apps/${app}/shell?in=${name}`} title={`A terminal inside ${name}`}>
            {name}
          </Link>
        )}
      </td>
      <td>
        <State state={state} />{' '}
        <span className="quiet">
          {since && <Ago at={since} />}
          {restarts > 0 && `, ${restarts} restarts`}
          {lastExit && (state === 'crashed' || lastExit.outOfMemory) && `, ${exitText(lastExit)}`}
        </span>
      </td>
      <td>v{release}</td>
      <td className="end num">{memoryBytes === null ? '–' : sizeText(memoryBytes)}</td>
      <td className="end num">{cpuCores === null ? '–' : `${Math.round(cpuCores * 100)} %`}</td>
      <td className="wide mono clip" title={command ?? ''}>
        {command ?? 'as the image says'}
      </td>
    </tr>
  )
}

function exitText({ code, signal, outOfMemory }: NonNullable<Instance['lastExit']>): string {
  if (outOfMemory) return 'killed: out of memory'
  return signal ? `killed by ${signal}` : `exit code ${code}`
}
