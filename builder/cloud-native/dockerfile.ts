import { createHash } from 'node:crypto'
import { stepMark } from '../dockerfile.ts'
import { cacheMount, certificateMount, configVarsMount, memoryMount } from '../mounts.ts'
import type { BuilderImage } from './builder-image.ts'

/** Where our files are in the context, and in the stage that builds. */
export const BROUGHT = '.paas.cloud-native'
const PLACE = '/paas'

export type CloudNativeOptions = {
  /** Its Node.js carries out what the lifecycle leaves to a platform, whatever the builder is made of. */
  stack: string
  app: string
  certificates: boolean
  /** `x64` or `arm64`, as Node.js says it. */
  arch: string
}

const MACHINES: Record<string, { triplet: string; loader: string }> = {
  x64: { triplet: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  arm64: { triplet: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
}

/**
 * What the lifecycle's creator does, as steps of our own build: it would want the engine's socket to write its image, and
 * whoever has that has the box. Nothing but the builder's own programs and the app is in the stage that runs buildpacks;
 * the image has what the specification says, on the run image of the builder. For the BuildKit of Docker 20.10.
 */
export function renderCloudNative(builder: BuilderImage, options: CloudNativeOptions): string {
  const { image, user, group, platformApi, runImage } = builder
  const owner = { user, group }
  const chown = `${user}:${group}`
  const { argv: node, mounts: ofNode } = ownNode(options.arch)
  const mounts = [
    ...ofNode,
    cacheMount(options.app, cacheId(image), `${PLACE}/cache`, owner),
    ...(options.certificates ? [certificateMount(owner)] : []),
    configVarsMount(owner),
    memoryMount(`${PLACE}/platform`),
  ]
  const run = (...argv: string[]) => JSON.stringify([...node, `${PLACE}/brought/run.mjs`, ...argv])
  return [
    `FROM ${options.stack} AS stack`,
    `FROM ${image} AS build`,
    'USER 0:0',
    `COPY ${JSON.stringify([`${BROUGHT}/`, `${PLACE}/brought/`])}`,
    `RUN ${ofNode.join(' ')} ${run('prepare', String(user), String(group))}`,
    `USER ${chown}`,
    `COPY --chown=${chown} ${JSON.stringify(['.', '/workspace/'])}`,
    `RUN ${mounts.join(' ')} ${run('build', stepMark(0))}`,
    `FROM ${runImage.image}`,
    ...taken('/cnb/lifecycle/launcher', '/cnb/lifecycle/launcher'),
    ...taken(`${PLACE}/out/process/`, '/cnb/process/'),
    ...taken('/layers/', '/layers/'),
    ...taken('/workspace/', '/workspace/'),
    'ENV CNB_LAYERS_DIR="/layers" CNB_APP_DIR="/workspace" CNB_DEPRECATION_MODE="quiet"',
    `ENV CNB_PLATFORM_API="${platformApi}" PATH="/cnb/process:/cnb/lifecycle:$PATH"`,
    'WORKDIR /workspace',
    'ENTRYPOINT ["/cnb/process/web"]',
    'CMD []',
    '',
  ].join('\n')
}

/** Layers of one builder are nothing for another: they may be linked to its libraries. */
function cacheId(builder: string): string {
  return `cloud-native-${createHash('sha256').update(builder).digest('hex').slice(0, 12)}`
}

function taken(from: string, to: string): string[] {
  return [`COPY --from=build ${JSON.stringify([from, to])}`]
}

/** By its own loader and libraries: the builder may have others, or none. No more is mounted than it needs, for BuildKit reads it all. */
function ownNode(arch: string): { argv: string[]; mounts: string[] } {
  const { triplet, loader } = MACHINES[arch] ?? { triplet: '', loader: '' }
  const [libraries, program] = [`${PLACE}/libraries`, `${PLACE}/node`]
  return {
    argv: [`${libraries}/${loader}`, '--library-path', libraries, program],
    mounts: [
      `--mount=type=bind,from=stack,source=/usr/lib/${triplet},target=${libraries}`,
      `--mount=type=bind,from=stack,source=/usr/local/bin/node,target=${program}`,
    ],
  }
}
