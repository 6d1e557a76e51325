/** Leaves that every part of the server may use. */
const LEAVES = ['server/errors.ts', 'server/log.ts', 'server/faults.ts']
/** Who acts, may they, and what they did: the part of people/ that every wing sees. */
const ACCESS = ['server/people/access.ts', 'server/people/activity.ts', 'server/people/actor.ts']
const ROUTER = ['router/client.ts', 'router/contract']
const BUILDER = ['builder/build.ts', 'builder/plan.ts', 'builder/process.ts', 'builder/redaction.ts']
const WINGS = ['server/people', 'server/apps', 'server/deploys', 'server/addons', 'server/telemetry']
const BELOW = [...LEAVES, 'server/contract']
const REPOSITORY = ['server', 'builder', 'router', 'web', 'cli', 'scripts', 'bench', 'test']

/**
 * Who may import whom: folder or file, and the folders and files that it may see beside itself.
 * The longest entry that a file lies under is the one that counts. docs/decisions/008-walls.md says why.
 */
export const WALLS: Record<string, readonly string[]> = {
  builder: [],
  router: [],
  web: ['server/contract'],
  cli: ['server/contract', 'builder/folder.ts', 'builder/folder-plan.ts', 'builder/plan.ts', 'builder/errors.ts'],

  'server/contract': [],
  'server/engine': LEAVES,
  'server/db': LEAVES,
  'server/people': ['server/db', ...BELOW],
  'server/apps': ['server/db', ...BELOW, ...ACCESS, ...ROUTER],
  'server/deploys': ['server/apps', 'server/engine', 'server/db', ...BELOW, ...ACCESS, ...BUILDER, ...ROUTER],
  'server/addons': [
    'server/apps',
    'server/deploys',
    'server/engine',
    'server/db',
    ...BELOW,
    ...ACCESS,
    'builder/fetch/public-address.ts',
  ],
  'server/telemetry': [
    'server/apps',
    'server/engine',
    'server/db',
    ...BELOW,
    ...ACCESS,
    ...ROUTER,
    'router/histogram.ts',
  ],
  'server/git': [...WINGS, ...BELOW],
  'server/api': [...WINGS, ...BELOW],

  'server/errors.ts': [],
  'server/log.ts': [],
  'server/faults.ts': LEAVES,
  'server/version.ts': [],
  'server/config.ts': LEAVES,
  server: ['server', ...ROUTER],

  scripts: REPOSITORY,
  bench: REPOSITORY,
  test: REPOSITORY,
  'vitest.config.ts': [],
}

/** Which entry of the table a file lies under. */
export function wingOf(file: string): string | undefined {
  const under = Object.keys(WALLS).filter((wing) => liesUnder(file, wing))
  return under.sort((a, b) => b.length - a.length)[0]
}

export function mayImport(from: string, to: string): boolean {
  const wing = wingOf(from)
  if (wing === undefined) return false
  return [wing, ...(WALLS[wing] ?? [])].some((allowed) => liesUnder(to, allowed))
}

function liesUnder(file: string, wing: string): boolean {
  return file === wing || file.startsWith(`${wing}/`)
}
