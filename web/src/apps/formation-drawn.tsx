import type { Instance } from '../../../server/contract/formation.ts'

/** Each process type with a place for every instance; while a deploy goes on, those of the old release before the new. */
export function FormationDrawn({ instances }: { instances: Instance[] }) {
  const types = [...new Set(instances.map(({ type }) => type))]
  return (
    <ul className="seats" aria-label="Formation">
      {types.map((type) => (
        <li key={type}>
          <span className="seats-type">{type}</span>
          {rows(instances.filter((each) => each.type === type)).map(([release, group], n) => (
            <span key={release} className="seats-release">
              {n > 0 && <span aria-hidden="true">→ </span>}
              {group.map(({ id, name, state }) => (
                <span
                  key={id}
                  className={`seat seat-${state}`}
                  role="img"
                  aria-label={`${name} of v${release}: ${state}`}
                />
              ))}
              <span className="quiet">v{release}</span>
            </span>
          ))}
        </li>
      ))}
    </ul>
  )
}

/** By release, the oldest first. */
function rows(instances: Instance[]): [number, Instance[]][] {
  const byRelease = Map.groupBy(instances, ({ release }) => release)
  return [...byRelease].sort(([a], [b]) => a - b)
}
