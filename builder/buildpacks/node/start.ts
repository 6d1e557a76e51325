import minVersion from 'semver/ranges/min-version.js'
import type { PackageJson } from '../package-json.ts'
import type { PackageManager } from './package-manager.ts'
import type { Tree } from './tree.ts'

export type Start = { command: string; because: string }

/** `<program> <plain words>`: nothing that would need a shell, or the package manager's own variables. */
const PLAIN_COMMAND = /^[\w@./-]+(?: [\w@%+=:,./-]+)*$/
/** From here on Node.js runs TypeScript by itself: nodejs.org/api/typescript.html */
const NODE_OF_TYPESCRIPT = '22.18.0'
/** These show an app to its developer: slow, without HTTPS, often on 127.0.0.1. */
const DEVELOPMENT_SERVER =
  /^(?:(?:cross-env\s+)?(?:[A-Z_]+=\S+\s+)*)(?:(?:npx|bunx)\s+)?(?:vite(?:\s+(?:dev|serve|preview))?(?:\s+-.*)?$|(?:astro|nuxt|nuxi|next|react-router|gatsby|remix)\s+(?:dev|preview|develop|serve|vite:dev)\b|astro$|ng\s+serve|react-scripts\s+start|vue-cli-service\s+serve)/

const JAVASCRIPT = ['server.js', 'server.mjs', 'index.js', 'index.mjs', 'app.js', 'main.js']
const TYPESCRIPT = ['server.ts', 'index.ts', 'main.ts', 'src/server.ts', 'src/index.ts', 'src/main.ts']

export function isDevelopmentServer(script: string): boolean {
  return DEVELOPMENT_SERVER.test(script.trim())
}

/**
 * The start script. A package manager costs a third of a second and 60 MB beside the app, so it is left out where it
 * would only pass the command on.
 */
export function startScript(json: PackageJson, manager: PackageManager): Start | undefined {
  const { start, prestart, poststart } = json.scripts
  if (!start) return undefined
  const because = 'scripts.start in package.json'
  const command = start.trim()
  if (prestart || poststart || !PLAIN_COMMAND.test(command)) return { command: byManager(manager), because }
  if (manager.bin !== undefined) return { command, because }
  return { command: /^node /.test(command) ? `yarn ${command}` : byManager(manager), because }
}

function byManager({ name }: PackageManager): string {
  return name === 'bun' ? 'bun run start' : `${name} start`
}

/** A file that looks like the program: as Node.js names it, as package.json names it, or in TypeScript where that runs. */
export function startFile(
  source: Tree,
  json: PackageJson,
  { manager, node }: { manager: PackageManager; node: string },
): Start | undefined {
  const main = json.main === undefined ? [] : [json.main, `${json.main}.js`]
  const bun = manager.name === 'bun'
  const module = bun && json.module !== undefined ? [json.module] : []
  const typescript = bun || runsTypeScript(node) ? TYPESCRIPT : []
  const file = ['server.js', ...module, ...main, ...JAVASCRIPT, ...typescript].find((name) =>
    source.has(name.replace(/^\.\//, '')),
  )
  if (file === undefined) return undefined
  const program = bun ? 'bun' : manager.bin === undefined ? 'yarn node' : 'node'
  return { command: `${program} ${shellWord(file)}`, because: `${file} is there` }
}

/** True where every version of the range can; a range without an upper end gets the newest. */
function runsTypeScript(range: string): boolean {
  const least = minVersion(range)
  return (
    least !== null && (range.startsWith('>') || least.compare(NODE_OF_TYPESCRIPT) >= 0 || /^22(?:\.x)?$/.test(range))
  )
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
