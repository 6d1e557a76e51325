import { useState } from 'react'
import type { Archive } from '../../../server/contract/archive.ts'
import { call, refresh, useCall } from '../shell/api.ts'
import { ActForm } from '../ui/act-form.tsx'
import { useAction } from '../ui/action.ts'
import { Cli } from '../ui/copy.tsx'
import { Section } from '../ui/empty.tsx'
import { Fact } from '../ui/fact.tsx'
import { Field } from '../ui/field.tsx'
import { mistakeAt } from '../ui/mistake.ts'
import { ProblemBox } from '../ui/problem.tsx'
import { sizeText } from '../ui/size.ts'
import { State } from '../ui/state.tsx'
import { Ago, Moment } from '../ui/time.tsx'
import { Asked } from '../ui/waiting.tsx'
import { RestoreMoment } from './restore-moment.tsx'

/** How far behind an archive is moves by itself: nobody tells of it. */
const EVERY_MS = 10_000
const KEEP_DAYS = '7'

/** Every change kept: which moments can be brought back, how far behind it is, and how to bring one back. */
export function ArchiveSection({ app, addon }: { app: string; addon: string }) {
  const archive = useCall('archives.info', { params: { app, addon } }, { everyMs: EVERY_MS, always: true })
  return (
    <Section title="Any moment">
      <Asked query={archive}>{(found) => <ArchiveOf app={app} archive={found} />}</Asked>
    </Section>
  )
}

function ArchiveOf({ app, archive }: { app: string; archive: Archive }) {
  const { addon, state, possible, why, windows } = archive
  if (!possible && state === 'off')
    return <p className="quiet">A database in a shared server has no archive: it needs a server of its own.</p>
  return (
    <>
      <p>
        <State state={state === 'on' ? 'up' : state === 'off' ? 'stopped' : 'failed'} label={STATES[state]} />
      </p>
      {why && <p className="low">{why}</p>}
      <ArchiveFacts archive={archive} />
      {state !== 'off' && windows.length === 0 && (
        <p className="quiet">A first copy is made; from then on every moment can be brought back.</p>
      )}
      {windows.length > 0 && <RestoreMoment app={app} addon={addon} windows={windows} />}
      {state === 'off' ? <TurnOn app={app} addon={addon} /> : <TurnOff app={app} addon={addon} />}
    </>
  )
}

const STATES = { on: 'every change is kept', off: 'changes are not kept', failing: 'changes are not stored now' }

function ArchiveFacts({ archive }: { archive: Archive }) {
  const { failingSince, keepDays, baseDays, windows, lastSegment, lag, storedBytes, provedAt, bases } = archive
  const unproved = bases.find(({ proof }) => proof.state === 'failed')
  return (
    <dl className="facts">
      {windows.map(({ from, to }) => (
        <Fact key={from} name="Any moment">
          <Moment at={from} /> to <Moment at={to} />
        </Fact>
      ))}
      {failingSince && (
        <Fact name="Failing">
          since <Moment at={failingSince} />
        </Fact>
      )}
      {lastSegment && (
        <Fact name="Last segment">
          <span className="mono">{lastSegment.name}</span>, <Ago at={lastSegment.at} />
        </Fact>
      )}
      {lag && <Fact name="Behind">{`${lag.seconds} s; ${lag.segments} segments (${sizeText(lag.bytes)}) wait`}</Fact>}
      {keepDays !== null && (
        <Fact name="Keeps">{`${keepDays} days, a copy of all ${baseDays === 1 ? 'each day' : `every ${baseDays} days`}`}</Fact>
      )}
      {storedBytes > 0 && <Fact name="Stored">{sizeText(storedBytes)}</Fact>}
      {provedAt && (
        <Fact name="Last proved">
          <Ago at={provedAt} />
        </Fact>
      )}
      {unproved?.proof.why && <Fact name="Not proved">{unproved.proof.why}</Fact>}
    </dl>
  )
}

function TurnOn({ app, addon }: { app: string; addon: string }) {
  const [days, setDays] = useState(KEEP_DAYS)
  const turn = useAction(async () => {
    await call('archives.on', { params: { app, addon }, body: { keepDays: Number(days) } })
    await refresh('archives.info')
  })
  return (
    <ActForm action={turn} act="Keep every change" line={`paas pg:archive:on ${addon} --keep ${days}d -a ${app}`}>
      <Field
        label="Days to keep"
        inputMode="numeric"
        required
        value={days}
        mistake={mistakeAt(turn.error, 'keepDays')}
        onChange={(event) => setDays(event.target.value.replace(/\D/g, ''))}
      />
    </ActForm>
  )
}

function TurnOff({ app, addon }: { app: string; addon: string }) {
  const turn = useAction(async () => {
    await call('archives.off', { params: { app, addon } })
    await refresh('archives.info')
  })
  return (
    <>
      <div className="buttons">
        <button type="button" className="button" disabled={turn.busy} onClick={() => turn.run()}>
          Stop keeping changes
        </button>
      </div>
      <p className="hint">What is stored stays for as long as it would have.</p>
      <ProblemBox error={turn.error} />
      <Cli line={`paas pg:archive:off ${addon} -a ${app}`} />
    </>
  )
}
