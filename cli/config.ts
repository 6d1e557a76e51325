import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** Every environment variable that the CLI reads. */
export type Config = {
  app: string | undefined
  host: string | undefined
  token: string | undefined
  home: string
  credentialsFile: string
  cacheDirectory: string
  color: 'always' | 'never' | 'auto'
  /** True when there is a screen to open a browser on. */
  graphical: boolean
}

export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const home = env['HOME'] || homedir()
  return {
    app: env['PAAS_APP'] || undefined,
    host: env['PAAS_HOST'] || undefined,
    token: env['PAAS_TOKEN'] || undefined,
    home,
    credentialsFile: join(baseDirectory(env['XDG_CONFIG_HOME'], join(home, '.config')), 'paas', 'hosts.json'),
    cacheDirectory: join(baseDirectory(env['XDG_CACHE_HOME'], join(home, '.cache')), 'paas'),
    color: colorChoice(env),
    graphical: process.platform === 'darwin' || Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY']),
  }
}

/** What a program of this machine is started with: all that this one has, and more. */
export function environmentWith(more: Record<string, string>): NodeJS.ProcessEnv {
  return { ...process.env, ...more }
}

/** XDG Base Directory 0.8: a path that is not absolute is ignored. */
function baseDirectory(path: string | undefined, fallback: string): string {
  return path && isAbsolute(path) ? path : fallback
}

/** no-color.org and force-color.org: present and not empty; FORCE_COLOR=0 is the customary no. */
function colorChoice(env: NodeJS.ProcessEnv): Config['color'] {
  if (env['NO_COLOR']) return 'never'
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] === '0' ? 'never' : 'always'
  return env['TERM'] === 'dumb' ? 'never' : 'auto'
}
