import { type CommandEntry, entry } from './command-entry.ts'

/** What is asked of Postgres alone. */
export const postgres: CommandEntry[] = [
  entry('Postgres', 'pg:ps', 'list queries that run', () => import('./commands/pg/ps.ts')),
  entry('Postgres', 'pg:kill', 'cancel what a session does', () => import('./commands/pg/kill.ts')),
  entry('Postgres', 'pg:killall', 'end all connections', () => import('./commands/pg/killall.ts')),
  entry('Postgres', 'pg:sessions', 'list all connections', () => import('./commands/pg/sessions.ts')),
  entry('Postgres', 'pg:locks', 'list locks on tables', () => import('./commands/pg/locks.ts')),
  entry('Postgres', 'pg:blocking', 'show who waits for whom', () => import('./commands/pg/blocking.ts')),
  entry(
    'Postgres',
    'pg:long-running-queries',
    'list what has run for long',
    () => import('./commands/pg/long-running-queries.ts'),
  ),
  entry('Postgres', 'pg:outliers', 'list the dearest statements', () => import('./commands/pg/outliers.ts')),
  entry('Postgres', 'pg:calls', 'list the most frequent statements', () => import('./commands/pg/calls.ts')),
  entry('Postgres', 'pg:table-size', 'list the largest tables', () => import('./commands/pg/table-size.ts')),
  entry('Postgres', 'pg:bloat', 'show wasted space', () => import('./commands/pg/bloat.ts')),
  entry(
    'Postgres',
    'pg:unused-indexes',
    'list indexes that are hardly asked',
    () => import('./commands/pg/unused-indexes.ts'),
  ),
  entry('Postgres', 'pg:index-usage', 'show how tables were read', () => import('./commands/pg/index-usage.ts')),
  entry('Postgres', 'pg:cache-hit', 'show how much was found in memory', () => import('./commands/pg/cache-hit.ts')),
  entry('Postgres', 'pg:vacuum-stats', 'show when tables were cleaned', () => import('./commands/pg/vacuum-stats.ts')),
  entry('Postgres', 'pg:diagnose', 'look a database over', () => import('./commands/pg/diagnose.ts')),
  entry('Postgres', 'pg:extensions', 'list extensions', () => import('./commands/pg/extensions.ts')),
  entry('Postgres', 'pg:extensions:add', 'add an extension', () => import('./commands/pg/extensions-add.ts')),
  entry('Postgres', 'pg:extensions:remove', 'remove an extension', () => import('./commands/pg/extensions-remove.ts')),
  entry('Postgres', 'pg:settings', 'list the settings of a database', () => import('./commands/pg/settings.ts')),
  entry('Postgres', 'pg:settings:set', 'set settings of a database', () => import('./commands/pg/settings-set.ts')),

  entry('Postgres', 'pg:archive', 'show which moments can be brought back', () => import('./commands/pg/archive.ts')),
  entry('Postgres', 'pg:archive:on', 'archive every change', () => import('./commands/pg/archive-on.ts')),
  entry('Postgres', 'pg:archive:off', 'stop that', () => import('./commands/pg/archive-off.ts')),
  entry('Postgres', 'pg:restore', 'bring a moment back', () => import('./commands/pg/restore.ts')),
]
