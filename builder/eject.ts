import subset from 'semver/ranges/subset.js'
import { renderDockerfile } from './dockerfile.ts'
import type { BuildPlan, Runtime } from './plan.ts'
import { npmProgram } from './runtime.ts'

/** The Node.js of the public image that stands in for the stack. */
const NODE_MAJOR = 24
/** Heredocs need version 1.4 of it, which engines before 23 have to fetch. */
const SYNTAX = '# syntax=docker/dockerfile:1'
const END = 'PAAS_END_OF_FILE'
/** As the stack is: Debian 12, Node.js with npm, /app owned by the user 1000, whom this image calls `node`. */
const STACK = [
  `FROM node:${NODE_MAJOR}-bookworm-slim AS stack`,
  'RUN ["install", "-d", "-o", "1000", "-g", "1000", "/app"]',
  'ENV LANG=C.UTF-8',
]

/**
 * The plan as a Dockerfile that any docker builds, without the platform: for whoever wants to go on by themselves. What
 * only an app on the box has, its config vars, is mounted where it is given and missed by nobody.
 */
export function ejectedDockerfile(plan: BuildPlan, assetText: (name: string) => string): string {
  const runtimes = plan.runtimes.filter(isMissing)
  const own = renderDockerfile({ ...plan, assets: [] }, { stack: 'stack', app: 'app', certificates: false, runtimes })
  const file = ({ path, asset }: { path: string; asset: string }) => heredoc(`/app/${path}`, assetText(asset))
  const { run = [], build = [] } = Object.groupBy(plan.assets ?? [], ({ only }) => only ?? 'run')
  const whole = build.reduce((text, asset) => text.replace(copyOf(asset.path), () => file(asset)), own)
  return [SYNTAX, ...STACK, '', whole, ...run.map(file)].join('\n')
}

/** Files of ours are not in the folder, so they stand in the Dockerfile itself. */
function heredoc(path: string, text: string): string {
  return `COPY --chown=1000:1000 <<"${END}" ${path}\n${text.trimEnd()}\n${END}\n`
}

/** The line that copies a file which only a step wants. */
function copyOf(path: string): RegExp {
  return new RegExp(`^COPY .*\\["${path.replaceAll('.', '\\.')}".*\\n`, 'm')
}

/** Every version of the image's Node.js has to do, for its tag moves. */
function isMissing(runtime: Runtime): boolean {
  if (npmProgram(runtime) === undefined) return false
  return runtime.name !== 'node' || !subset(`${NODE_MAJOR}.x`, runtime.version)
}
