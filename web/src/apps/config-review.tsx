import { call } from '../shell/api.ts'
import { useAction } from '../ui/action.ts'
import { Cli } from '../ui/copy.tsx'
import { Section } from '../ui/empty.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import type { Staged } from './staged.ts'

type ReviewProps = {
  app: string
  staged: Staged
  onApplied: (deploy: string | null) => Promise<void>
  onDropped: () => void
}

/** What would change, before it does. */
export function ReviewConfig({ app, staged, onApplied, onDropped }: ReviewProps) {
  const apply = useAction(async () => {
    const { deploy } = await call('config.update', { params: { app }, body: { vars: staged } })
    await onApplied(deploy)
  })
  const edits = Object.entries(staged)
  const set = edits.filter(([, value]) => value !== null).map(([name]) => name)
  const unset = edits.filter(([, value]) => value === null).map(([name]) => name)
  const lines = [
    ...(set.length > 0 ? [`paas config:set ${set.map((name) => `${name}=…`).join(' ')} -a ${app}`] : []),
    ...(unset.length > 0 ? [`paas config:unset ${unset.join(' ')} -a ${app}`] : []),
  ]
  return (
    <div className="review">
      <Section title={`Review ${edits.length} ${edits.length === 1 ? 'edit' : 'edits'}`}>
        <ul className="diff">
          {edits.map(([name, value]) => (
            <li key={name} className={value === null ? 'diff-gone' : 'diff-new'}>
              <code>
                {value === null ? '− ' : '+ '}
                {name}
                {value !== null && `=${value}`}
              </code>
            </li>
          ))}
        </ul>
        <p className="quiet">Makes one release and moves traffic over to new instances, without dropping a request.</p>
        <div className="buttons">
          <button type="button" className="button primary" disabled={apply.busy} onClick={() => apply.run()}>
            {apply.busy ? 'Applying …' : 'Apply'}
          </button>
          <button type="button" className="button" disabled={apply.busy} onClick={onDropped}>
            Drop them
          </button>
        </div>
        <ProblemBox error={apply.error} />
        {lines.map((line) => (
          <Cli key={line} line={line} />
        ))}
      </Section>
    </div>
  )
}
