import type { Command } from './command.ts'

export type Topic =
  | 'Account'
  | 'Apps'
  | 'Routing'
  | 'Processes'
  | 'Configuration'
  | 'Addons'
  | 'Postgres'
  | 'Deploys'
  | 'Backups'
  | 'Access'
  | 'Box'
  | 'Tool'

/** A line of the table of contents; the command itself is loaded when it is the one to run. */
export type CommandEntry = {
  name: string
  topic: Topic
  about: string
  aliases: string[]
  load: () => Promise<{ command: Command }>
}

function entry(topic: Topic, names: string, about: string, load: CommandEntry['load']): CommandEntry {
  const [name = '', ...aliases] = names.split(' ')
  return { name, topic, about, aliases, load }
}

/** Every command: its name, other names for it, what it does, where it is. */
export const commands: CommandEntry[] = [
  entry('Account', 'login', 'sign in to a box', () => import('./commands/account/login.ts')),
  entry('Account', 'logout', 'forget the token of a box', () => import('./commands/account/logout.ts')),
  entry('Account', 'whoami', 'show who is signed in', () => import('./commands/account/whoami.ts')),
  entry(
    'Account',
    'password:set',
    'set your password for the console',
    () => import('./commands/account/password-set.ts'),
  ),
  entry('Account', 'keys', 'list your SSH keys', () => import('./commands/keys/list.ts')),
  entry('Account', 'keys:add', 'add an SSH public key', () => import('./commands/keys/add.ts')),
  entry('Account', 'keys:remove', 'remove an SSH key', () => import('./commands/keys/remove.ts')),
  entry('Account', 'tokens', 'list your tokens', () => import('./commands/tokens/list.ts')),
  entry('Account', 'tokens:create', 'make a token', () => import('./commands/tokens/create.ts')),
  entry('Account', 'tokens:revoke', 'revoke a token', () => import('./commands/tokens/revoke.ts')),

  entry('Apps', 'apps', 'list your apps', () => import('./commands/apps/list.ts')),
  entry('Apps', 'apps:create create', 'create an app', () => import('./commands/apps/create.ts')),
  entry('Apps', 'apps:info info', 'show an app', () => import('./commands/apps/info.ts')),
  entry('Apps', 'apps:rename rename', 'rename an app', () => import('./commands/apps/rename.ts')),
  entry('Apps', 'apps:destroy destroy', 'destroy an app for good', () => import('./commands/apps/destroy.ts')),
  entry('Apps', 'git:remote', 'add the git remote of an app', () => import('./commands/git/remote.ts')),
  entry('Apps', 'open', 'open an app in the browser', () => import('./commands/apps/open.ts')),
  entry('Apps', 'domains', 'list the host names of an app', () => import('./commands/domains/list.ts')),
  entry('Apps', 'domains:add', 'claim a host name', () => import('./commands/domains/add.ts')),
  entry('Apps', 'domains:remove', 'give a host name up', () => import('./commands/domains/remove.ts')),
  entry('Apps', 'domains:check', 'see whether a host name is ready', () => import('./commands/domains/check.ts')),
  entry('Apps', 'certs', 'list the certificates of an app', () => import('./commands/certs/list.ts')),
  entry('Apps', 'certs:add', 'use a certificate of your own', () => import('./commands/certs/add.ts')),
  entry('Apps', 'certs:remove', 'stop using it', () => import('./commands/certs/remove.ts')),
  entry('Apps', 'maintenance', 'show whether maintenance mode is on', () => import('./commands/maintenance/show.ts')),
  entry('Apps', 'maintenance:on', 'show visitors a maintenance page', () => import('./commands/maintenance/on.ts')),
  entry('Apps', 'maintenance:off', 'let visitors in again', () => import('./commands/maintenance/off.ts')),

  entry('Routing', 'routing', 'show how requests are treated', () => import('./commands/routing/show.ts')),
  entry('Routing', 'routing:set', 'set limits, timeouts and the like', () => import('./commands/routing/set.ts')),
  entry('Routing', 'routing:unset', 'go back to the defaults', () => import('./commands/routing/unset.ts')),
  entry('Routing', 'routing:auth', 'let visitors in by password', () => import('./commands/routing/auth.ts')),
  entry('Routing', 'routing:auth:remove', 'take a name away', () => import('./commands/routing/auth-remove.ts')),
  entry('Routing', 'routing:headers', 'show or set response headers', () => import('./commands/routing/headers.ts')),
  entry(
    'Routing',
    'routing:headers:remove',
    'stop setting headers',
    () => import('./commands/routing/headers-remove.ts'),
  ),
  entry('Routing', 'routing:page', 'use an error or maintenance page', () => import('./commands/routing/page.ts')),
  entry('Routing', 'routing:page:remove', 'stop using it', () => import('./commands/routing/page-remove.ts')),
  entry('Routing', 'routing:paths', 'list parts of hosts', () => import('./commands/routing/paths.ts')),
  entry('Routing', 'routing:paths:add', 'serve a part of a host', () => import('./commands/routing/paths-add.ts')),
  entry('Routing', 'routing:paths:remove', 'give it back', () => import('./commands/routing/paths-remove.ts')),

  entry('Processes', 'ps', 'list the instances of an app', () => import('./commands/ps/list.ts')),
  entry('Processes', 'ps:scale scale', 'show or change how many run', () => import('./commands/ps/scale.ts')),
  entry(
    'Processes',
    'ps:restart restart',
    'restart without dropping a request',
    () => import('./commands/ps/restart.ts'),
  ),
  entry(
    'Processes',
    'metrics',
    'show traffic, latency, processor and memory',
    () => import('./commands/metrics/show.ts'),
  ),
  entry('Processes', 'logs', 'show or follow the log', () => import('./commands/logs/read.ts')),
  entry('Processes', 'run', 'run a command in a one-off instance', () => import('./commands/run/attached.ts')),
  entry('Processes', 'run:detached', 'run a command in the background', () => import('./commands/run/detached.ts')),
  entry('Processes', 'runs', 'list recent one-off instances', () => import('./commands/run/list.ts')),
  entry('Processes', 'runs:stop run:stop', 'stop a one-off instance', () => import('./commands/run/stop.ts')),
  entry('Processes', 'cron', 'list cron jobs', () => import('./commands/cron/list.ts')),
  entry('Processes', 'cron:run', 'run a cron job now', () => import('./commands/cron/run.ts')),

  entry('Configuration', 'config', 'list config vars', () => import('./commands/config/list.ts')),
  entry('Configuration', 'config:set', 'set config vars', () => import('./commands/config/set.ts')),
  entry('Configuration', 'config:unset', 'unset config vars', () => import('./commands/config/unset.ts')),
  entry('Configuration', 'config:get', 'print one config var', () => import('./commands/config/get.ts')),
  entry('Configuration', 'config:import', 'set config vars from a file', () => import('./commands/config/import.ts')),
  entry('Configuration', 'config:export', 'print config vars for a file', () => import('./commands/config/export.ts')),

  entry('Addons', 'addons', 'list the addons of an app', () => import('./commands/addons/list.ts')),
  entry(
    'Addons',
    'addons:plans addons:services',
    'list what addons there are',
    () => import('./commands/addons/plans.ts'),
  ),
  entry('Addons', 'addons:create', 'make an addon and attach it', () => import('./commands/addons/create.ts')),
  entry('Addons', 'addons:info pg:info redis:info', 'show an addon', () => import('./commands/addons/info.ts')),
  entry('Addons', 'addons:attach', 'let an app use an addon', () => import('./commands/addons/attach.ts')),
  entry('Addons', 'addons:detach', 'take an addon away from an app', () => import('./commands/addons/detach.ts')),
  entry(
    'Addons',
    'addons:promote pg:promote redis:promote',
    'make it what DATABASE_URL leads to',
    () => import('./commands/addons/promote.ts'),
  ),
  entry(
    'Addons',
    'addons:credentials pg:credentials',
    'list the logins of an addon',
    () => import('./commands/addons/credentials.ts'),
  ),
  entry(
    'Addons',
    'addons:credentials:rotate pg:credentials:rotate',
    'replace the login of an app',
    () => import('./commands/addons/rotate.ts'),
  ),
  entry('Addons', 'pg:psql psql', 'open psql on a database', () => import('./commands/pg/psql.ts')),
  entry('Addons', 'redis:cli', 'open redis-cli on a Redis', () => import('./commands/redis/cli.ts')),
  entry(
    'Addons',
    'addons:tunnel pg:tunnel',
    'reach an addon from this machine',
    () => import('./commands/addons/tunnel.ts'),
  ),
  entry('Addons', 'redis:tunnel', 'reach a Redis from this machine', () => import('./commands/redis/tunnel.ts')),
  entry('Addons', 'addons:expose', 'let an addon be reached from outside', () => import('./commands/addons/expose.ts')),
  entry('Addons', 'addons:unexpose', 'close it again', () => import('./commands/addons/unexpose.ts')),
  entry('Addons', 'addons:rename', 'give an addon another name', () => import('./commands/addons/rename.ts')),
  entry('Addons', 'addons:resize', 'change the plan of an addon', () => import('./commands/addons/resize.ts')),
  entry('Addons', 'addons:restart', 'restart the server of an addon', () => import('./commands/addons/restart.ts')),
  entry('Addons', 'addons:destroy', 'destroy an addon with its data', () => import('./commands/addons/destroy.ts')),

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

  entry('Deploys', 'deploy', 'deploy a folder or an archive', () => import('./commands/builds/deploy.ts')),
  entry('Deploys', 'releases', 'list releases', () => import('./commands/releases/list.ts')),
  entry('Deploys', 'releases:info', 'show a release', () => import('./commands/releases/info.ts')),
  entry(
    'Deploys',
    'rollback releases:rollback',
    'go back to a release',
    () => import('./commands/releases/rollback.ts'),
  ),
  entry('Deploys', 'build:plan', 'show what a build would do', () => import('./commands/builds/plan.ts')),
  entry('Deploys', 'build:settings', 'show how an app is built', () => import('./commands/builds/settings.ts')),
  entry('Deploys', 'build:set', 'set root, Dockerfile and the like', () => import('./commands/builds/set.ts')),
  entry('Deploys', 'build:unset', 'go back to the defaults', () => import('./commands/builds/unset.ts')),
  entry('Deploys', 'buildpacks', 'list what an app is built by', () => import('./commands/buildpacks/list.ts')),
  entry('Deploys', 'buildpacks:set', 'choose buildpacks or a language', () => import('./commands/buildpacks/set.ts')),
  entry('Deploys', 'buildpacks:add', 'add a buildpack', () => import('./commands/buildpacks/add.ts')),
  entry('Deploys', 'buildpacks:remove', 'take a buildpack away', () => import('./commands/buildpacks/remove.ts')),
  entry('Deploys', 'buildpacks:clear', 'let the files decide', () => import('./commands/buildpacks/clear.ts')),
  entry('Deploys', 'builds', 'list builds', () => import('./commands/builds/list.ts')),
  entry('Deploys', 'builds:info', 'show a build', () => import('./commands/builds/info.ts')),
  entry(
    'Deploys',
    'builds:output builds:logs',
    'show the output of a build',
    () => import('./commands/builds/output.ts'),
  ),
  entry('Deploys', 'builds:sbom', 'print what its image is made of', () => import('./commands/builds/sbom.ts')),
  entry('Deploys', 'builds:cancel', 'cancel a build', () => import('./commands/builds/cancel.ts')),
  entry('Deploys', 'activity', 'show who did what when', () => import('./commands/apps/activity.ts')),

  entry(
    'Backups',
    'backups pg:backups',
    'list backups, schedules and proofs',
    () => import('./commands/backups/list.ts'),
  ),
  entry(
    'Backups',
    'backups:create backups:capture pg:backups:capture',
    'back an addon up now',
    () => import('./commands/backups/create.ts'),
  ),
  entry('Backups', 'backups:info pg:backups:info', 'show a backup', () => import('./commands/backups/info.ts')),
  entry(
    'Backups',
    'backups:restore pg:backups:restore',
    'restore into a new addon',
    () => import('./commands/backups/restore.ts'),
  ),
  entry('Backups', 'backups:prove', 'prove a backup by a restore', () => import('./commands/backups/prove.ts')),
  entry(
    'Backups',
    'backups:download pg:backups:download',
    'fetch a backup',
    () => import('./commands/backups/download.ts'),
  ),
  entry(
    'Backups',
    'backups:remove pg:backups:delete',
    'remove a backup for good',
    () => import('./commands/backups/remove.ts'),
  ),
  entry(
    'Backups',
    'backups:schedule pg:backups:schedule',
    'back an addon up by itself',
    () => import('./commands/backups/schedule.ts'),
  ),
  entry(
    'Backups',
    'backups:unschedule pg:backups:unschedule',
    'stop that',
    () => import('./commands/backups/unschedule.ts'),
  ),
  entry(
    'Backups',
    'backups:store backups:settings',
    'show where backups lie',
    () => import('./commands/backups/store.ts'),
  ),
  entry('Backups', 'backups:store:set', 'keep backups elsewhere', () => import('./commands/backups/store-set.ts')),
  entry('Backups', 'backups:key', 'print the recovery key', () => import('./commands/backups/key.ts')),

  entry('Access', 'members access', 'list who has access to an app', () => import('./commands/members/list.ts')),
  entry('Access', 'members:add access:add', 'give a user access', () => import('./commands/members/add.ts')),
  entry('Access', 'members:remove access:remove', 'take access away', () => import('./commands/members/remove.ts')),
  entry('Access', 'users', 'list the users of the box', () => import('./commands/users/list.ts')),
  entry('Access', 'users:create', 'add a user', () => import('./commands/users/create.ts')),
  entry('Access', 'users:remove', 'remove a user', () => import('./commands/users/remove.ts')),

  entry('Box', 'status', 'show the state of the box', () => import('./commands/box/status.ts')),
  entry('Box', 'box:settings box', 'show the settings of the box', () => import('./commands/box/settings.ts')),
  entry('Box', 'box:set', 'change them', () => import('./commands/box/set.ts')),
  entry('Box', 'builds:limits', 'show or set what builds may take', () => import('./commands/builds/limits.ts')),
  entry('Box', 'disk', 'show what takes the disk', () => import('./commands/disk/show.ts')),
  entry('Box', 'disk:plan', 'show what could go, and why', () => import('./commands/disk/plan.ts')),
  entry('Box', 'disk:gc', 'remove it', () => import('./commands/disk/gc.ts')),
  entry('Box', 'disk:set', 'set how much is kept', () => import('./commands/disk/set.ts')),
  entry('Box', 'certs:settings', 'show how certificates are ordered', () => import('./commands/certs/settings.ts')),
  entry('Box', 'certs:set', 'change it: issuer, e-mail, wildcards', () => import('./commands/certs/set.ts')),
  entry('Box', 'certs:eab', 'set the account of an issuer', () => import('./commands/certs/eab.ts')),
  entry('Box', 'certs:dns:add', 'say who writes DNS records', () => import('./commands/certs/dns-add.ts')),
  entry('Box', 'certs:dns:remove', 'forget it', () => import('./commands/certs/dns-remove.ts')),

  entry('Tool', 'completion', 'print the completion script of a shell', () => import('./commands/box/completion.ts')),
  entry('Tool', 'version', 'print the version', () => import('./commands/box/version.ts')),
]
