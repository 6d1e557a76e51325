import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { PaasError } from './errors.ts'

/** Every environment variable the server reads. What an admin changes at run time is a row in `settings` instead. */
const Environment = z.object({
  PAAS_DATA: z.string().min(1).default('/var/lib/paas'),
  /** Where the API listens; behind the router in an installation. */
  PAAS_API_HOST: z.string().default('127.0.0.1'),
  PAAS_API_PORT: port(7600),
  PAAS_SSH_HOST: z.string().default('0.0.0.0'),
  PAAS_SSH_PORT: port(2222),
  PAAS_ENGINE: z.enum(['docker', 'embedded']).default('docker'),
  PAAS_DOCKER_SOCKET: z.string().default('/var/run/docker.sock'),
  /** Apps answer at `<app>.<base domain>`; becomes the `base_domain` setting at the first start. */
  PAAS_BASE_DOMAIN: z.string().default('localhost'),
  /** Ports under which the world reaches the router, for the URLs we print. */
  PAAS_PUBLIC_HTTP_PORT: port(80),
  /** Absent: the router has no TLS port, and apps are served over plain HTTP. */
  PAAS_PUBLIC_HTTPS_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
  /** Private addresses for app networks, one /28 each. */
  PAAS_SUBNET_POOL: z
    .string()
    .regex(/^\d+\.\d+\.\d+\.\d+\/\d+$/)
    .default('100.96.0.0/12'),
  /**
   * `closed`: builds reach no private address and nothing of the box but names and PAAS_BUILD_HOSTS. `auto`: as long as
   * nobody else's containers are on the bridge of builds, which would be closed in with them.
   */
  PAAS_BUILD_NETWORK: z.enum(['auto', 'open', 'closed']).default('auto'),
  /** IPv4 addresses and ranges of mirrors, registries and proxies, separated by commas. */
  PAAS_BUILD_HOSTS: z
    .string()
    .regex(/^(?:\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?(?:,|$))*$/, 'use IPv4 addresses or ranges, separated by commas')
    .default(''),
  /** Addresses and ranges that are not public and that sources may be fetched from all the same, separated by commas. */
  PAAS_SOURCE_HOSTS: z
    .string()
    .refine(
      (list) => list.split(',').filter(Boolean).every(isAddressOrRange),
      'use addresses or ranges, separated by commas',
    )
    .default(''),
  PAAS_ROUTER_SOCKET: z.string().optional(),
  /** PEM bundle with the machine's extra certificate authorities; reaches builds. */
  PAAS_CERTIFICATE_BUNDLE: z.string().optional(),
  PAAS_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
  NODE_COMPILE_CACHE: z.string().optional(),
  /** Fault tests only: see faults.ts. */
  PAAS_FAULT: z.string().optional(),
})

export type Config = {
  data: string
  database: string
  secretKey: string
  repositories: string
  builds: string
  logs: string
  backups: string
  metrics: string
  embedded: string
  sshHostKey: string
  routerSocket: string
  api: { host: string; port: number }
  ssh: { host: string; port: number }
  engine: 'docker' | 'embedded'
  dockerSocket: string
  baseDomain: string
  publicHttpPort: number
  publicHttpsPort: number | null
  subnetPool: string
  /** Undefined: builds may open what the engine's own bridge reaches. */
  closedBuilds: { allow: string[]; unlessShared: boolean } | undefined
  /** Beside the public internet, where sources may be fetched from. */
  sourceHosts: string[]
  certificateBundle: string | null
  /** All that a builder process gets to know of ours: where programs are, and the compile cache. */
  builderEnvironment: Record<string, string>
  logLevel: 'debug' | 'info' | 'warn' | 'error'
  fault: string | undefined
}

/** Reports every mistake of the environment at once. Port 0 means: any free one. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const parsed = Environment.safeParse(environment)
  if (!parsed.success) {
    const errors = parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }))
    const list = errors.map(({ path, message }) => `${path}: ${message}`).join('; ')
    throw new PaasError('invalid', 'config.invalid', `The environment has mistakes: ${list}`, { errors })
  }
  const env = parsed.data
  const data = resolve(env.PAAS_DATA)
  return {
    data,
    database: join(data, 'paas.db'),
    secretKey: join(data, 'secret.key'),
    repositories: join(data, 'repos'),
    builds: join(data, 'builds'),
    logs: join(data, 'logs'),
    backups: join(data, 'backups'),
    metrics: join(data, 'metrics'),
    embedded: join(data, 'embedded'),
    sshHostKey: join(data, 'ssh_host_ed25519_key'),
    routerSocket: env.PAAS_ROUTER_SOCKET ?? join(data, 'router', 'control.sock'),
    api: { host: env.PAAS_API_HOST, port: env.PAAS_API_PORT },
    ssh: { host: env.PAAS_SSH_HOST, port: env.PAAS_SSH_PORT },
    engine: env.PAAS_ENGINE,
    dockerSocket: env.PAAS_DOCKER_SOCKET,
    baseDomain: env.PAAS_BASE_DOMAIN,
    publicHttpPort: env.PAAS_PUBLIC_HTTP_PORT,
    publicHttpsPort: env.PAAS_PUBLIC_HTTPS_PORT ?? null,
    subnetPool: env.PAAS_SUBNET_POOL,
    closedBuilds:
      env.PAAS_BUILD_NETWORK === 'open'
        ? undefined
        : { allow: env.PAAS_BUILD_HOSTS.split(',').filter(Boolean), unlessShared: env.PAAS_BUILD_NETWORK === 'auto' },
    sourceHosts: env.PAAS_SOURCE_HOSTS.split(',').filter(Boolean),
    certificateBundle: env.PAAS_CERTIFICATE_BUNDLE ?? null,
    builderEnvironment: {
      PATH: env.PATH,
      ...(env.NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE: env.NODE_COMPILE_CACHE }),
    },
    logLevel: env.PAAS_LOG_LEVEL,
    fault: env.PAAS_FAULT,
  }
}

function isAddressOrRange(text: string): boolean {
  const [address = '', bits, more] = text.split('/')
  const family = isIP(address)
  if (family === 0 || more !== undefined) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

function port(fallback: number) {
  return z.coerce.number().int().min(0).max(65_535).default(fallback)
}
