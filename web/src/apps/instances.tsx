import type { Instance } from '../../../server/contract/formation.ts'
import { useCall } from '../shell/api.ts'
import { Empty } from '../ui/empty.tsx'
import { sizeText } from '../ui/size.ts'
import { State } from '../ui/state.tsx'
import { Ago } from '../ui/time.tsx'
import { Asked } from '../ui/waiting.tsx'

const EVERY_MS = 2_500

export function InstanceTable({ app }: { app: string }) {
  const instances = useCall('instances.list', { params: { app }, query: { stats: 'true' } }, { everyMs: EVERY_MS })
  return (
    <Asked query={instances}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="No instance runs" />
        ) : (
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
                <Row key={instance.id} instance={instance} />
              ))}
            </tbody>
          </table>
        )
      }
    </Asked>
  )
}

function Row({ instance }: { instance: Instance }) {
  const { name, state, since, release, memoryBytes, cpuCores, command, restarts, lastExit } = instance
  return (
    <tr>
      <td className="mono">{name}</td>
      <td>
        <State state={state} />{' '}
        <span className="quiet">
          {since && <Ago at={since} />}
          {restarts > 0 && `, ${restarts} restarts`}
          {state === 'crashed' && lastExit && `, ${exitText(lastExit)}`}
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
