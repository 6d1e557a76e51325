import { delimiter } from 'node:path'

const SYSTEM_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

export type EnvironmentParts = {
  image: { environment: Record<string, string>; path: string[] }
  /** The caller's: config vars and what the platform adds. */
  workload: Record<string, string>
  /** `web.1` */
  instance: string
  port: number | null
  home: string
  temporary: string
}

/**
 * The whole environment of a process: nothing of the server's own gets in. Config vars win over what the image wants;
 * what tells instances apart wins over everything.
 */
export function processEnvironment(parts: EnvironmentParts): Record<string, string> {
  return {
    HOME: parts.home,
    LANG: 'C.UTF-8',
    ...parts.image.environment,
    PATH: [...parts.image.path, ...SYSTEM_PATH].join(delimiter),
    ...parts.workload,
    ...(parts.port === null ? {} : { PORT: String(parts.port) }),
    PAAS_INSTANCE: parts.instance,
    DYNO: parts.instance,
    TMPDIR: parts.temporary,
  }
}

/** The environment of a fresh instance that takes the place of another: all but what belongs to the old one alone. */
export function environmentOfReplacement(
  old: Record<string, string>,
  homes: { old: string; fresh: string },
  own: { port: number | null; temporary: string },
): Record<string, string> {
  return {
    ...old,
    ...(old['HOME'] === homes.old ? { HOME: homes.fresh } : {}),
    ...(own.port === null ? {} : { PORT: String(own.port) }),
    TMPDIR: own.temporary,
  }
}
