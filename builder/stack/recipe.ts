import { createHash } from 'node:crypto'

/** Raised when the content of the stack changes in a way that users should read about. */
export const STACK_VERSION = '1'

/** The Debian release below everything. Its support ends in June 2028. */
export const SUITE = 'bookworm'

/** Taken where it is on the box or a registry answers. */
export const PUBLIC_BASE = `debian:${SUITE}-slim`

/** Debian packages in a base that we make ourselves; a pulled one gets them in a step of the build. */
export const BASE_PACKAGES = ['ca-certificates']

/** The user that apps run as; Heroku and buildpack images use the same idea. */
const USER_ID = 1000

/**
 * What stands on the Debian base: CA certificates, Node with npm, the user `app` with its home in /app. The last command
 * proves that Node runs there, so that a stack that cannot work is never tagged. A CA bundle of the machine is lent to
 * apt as the secret `ca` and stays in no layer.
 */
export function stackDockerfile(base: string): string {
  return [
    `FROM ${base}`,
    'COPY node /usr/local/bin/node',
    'COPY npm /usr/local/lib/node_modules/npm',
    `RUN --mount=type=secret,id=ca,target=/run/paas/ca.crt,required=false ${SETUP.join(' && ')}`,
    'ENV LANG=C.UTF-8',
    'WORKDIR /app',
    '',
  ].join('\n')
}

const APT = 'apt-get -o Acquire::https::CAInfo=/run/paas/ca.crt'

const SETUP = [
  `if [ ! -s /etc/ssl/certs/ca-certificates.crt ]; then ${APT} update && ${APT} install -y --no-install-recommends ${BASE_PACKAGES.join(' ')}; fi`,
  'rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb /var/log/*.log /var/log/apt/*',
  'ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm',
  'ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx',
  `groupadd --gid ${USER_ID} app`,
  `useradd --uid ${USER_ID} --gid app --home-dir /app --no-create-home --shell /bin/bash app`,
  `install -d -o app -g app /app`,
  'node --version',
  'npm --version',
]

export type StackNames = { stack: string; base: string }

/** How Node gets in: see lean-program.ts. */
const NODE_FORM = 'without symbols'

/** The tag names what is inside: another recipe, Node or architecture is another stack. */
export function stackNames(repository: string, node: { version: string; arch: string }): StackNames {
  const hash = createHash('sha256')
    .update([stackDockerfile(PUBLIC_BASE), node.version, node.arch, NODE_FORM].join('\n'))
    .digest('hex')
    .slice(0, 12)
  return { stack: `${repository}/stack:${STACK_VERSION}-${hash}`, base: `${repository}/base:${SUITE}` }
}
