import type { Box } from '../../../server/contract/box.ts'
import type { DiskUsage } from '../../../server/contract/disk.ts'
import { useCall } from '../shell/api.ts'
import { Bar } from '../ui/bar.tsx'
import { Cli, Copy } from '../ui/copy.tsx'
import { Section } from '../ui/empty.tsx'
import { sizeText } from '../ui/size.ts'
import { State } from '../ui/state.tsx'
import { Ago } from '../ui/time.tsx'
import { Asked } from '../ui/waiting.tsx'
import { BuildLimits } from './build-limits.tsx'
import { Certificates } from './certificates.tsx'

const EVERY_MS = 5_000

export function BoxScreen() {
  const box = useCall('box.info', undefined, { everyMs: EVERY_MS })
  const me = useCall('users.me')
  return (
    <>
      <header className="page-head">
        <h1>Box</h1>
        <span className="quiet">{box.data?.baseDomain}</span>
      </header>
      <div className="stack">
        <Asked query={box}>{(found) => <Parts box={found} />}</Asked>
        {me.data?.boxOwner && <Certificates />}
        {me.data?.boxOwner && <DiskSection />}
        {me.data?.boxOwner && <BuildLimits />}
      </div>
    </>
  )
}

function Parts({ box }: { box: Box }) {
  const { engine, memory, router, ssh } = box
  return (
    <Section title="What runs">
      <dl className="facts">
        <dt>Engine</dt>
        <dd>
          <State
            state={engine.available ? 'up' : 'failed'}
            label={engine.available ? `${engine.name} ${engine.version}` : 'does not answer'}
          />
          {engine.reason && <p>{engine.reason}</p>}
          {!engine.isolates && engine.available && (
            <p className="low">
              It does not isolate: apps and builds run as processes of the server. For code that you trust.
            </p>
          )}
        </dd>
        <dt>Router</dt>
        <dd>
          <State state={router.available ? 'up' : 'failed'} label={router.available ? 'serves' : 'does not answer'} />
          {router.reason && <p>{router.reason}</p>}
        </dd>
        <dt>Server</dt>
        <dd>
          paas {box.version}, started <Ago at={box.startedAt} />
        </dd>
        <dt>Apps</dt>
        <dd>
          {box.apps}, with {box.instances} {box.instances === 1 ? 'instance' : 'instances'}
        </dd>
        <dt>Memory</dt>
        <dd>
          <Meter used={memory.totalBytes - memory.freeBytes} total={memory.totalBytes} />
          <p className="quiet">
            server {sizeText(memory.serverBytes)}
            {memory.routerBytes !== null && `, router ${sizeText(memory.routerBytes)}`}
          </p>
        </dd>
        <dt>Disk</dt>
        <dd>
          <Meter used={box.disk.totalBytes - box.disk.freeBytes} total={box.disk.totalBytes} />
        </dd>
        <dt>Git over SSH</dt>
        <dd>
          {ssh.host}:{ssh.port} <Copy text={ssh.fingerprint} label="Copy the fingerprint of its key" />
        </dd>
      </dl>
      <Cli line="paas status" />
    </Section>
  )
}

function Meter({ used, total }: { used: number; total: number }) {
  return (
    <div className="meter">
      <Bar most={total} value={used} high={used > total * 0.9} />
      <span>
        {sizeText(used)} of {sizeText(total)}
      </span>
    </div>
  )
}

function DiskSection() {
  const disk = useCall('disk.usage')
  return (
    <Section title="What takes the disk">
      <Asked query={disk}>{(usage) => <DiskParts usage={usage} />}</Asked>
      <Cli line="paas disk:plan" />
    </Section>
  )
}

function DiskParts({ usage }: { usage: DiskUsage }) {
  const most = Math.max(1, ...usage.parts.map(({ bytes }) => bytes))
  return (
    <>
      {usage.state !== 'ample' && (
        <p className="low">
          {usage.state === 'full'
            ? 'The disk is full: pushes are refused.'
            : 'The disk is tight: images and caches are cut down by themselves.'}
        </p>
      )}
      <table>
        <thead>
          <tr>
            <th>What</th>
            <th>App</th>
            <th className="end">Size</th>
            <th>
              <span className="visually-hidden">Share</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {usage.parts.map(({ what, app, bytes }) => (
            <tr key={`${what} ${app}`}>
              <td>{what}</td>
              <td>{app ?? ''}</td>
              <td className="end num">{sizeText(bytes)}</td>
              <td className="share">
                <Bar most={most} value={bytes} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}
