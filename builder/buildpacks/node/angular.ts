import type { Tree } from './tree.ts'

type Project = { architect?: { build?: { builder?: unknown; options?: { outputPath?: unknown } } } }
type Workspace = { defaultProject?: string; projects?: Record<string, Project> }

/** Where `ng build` puts the first project of angular.json, and what runs there. Undefined without one. */
export function angularSite(source: Tree, server: boolean) {
  const workspace = read(source.text('angular.json') ?? '{}')
  const name = workspace.defaultProject ?? Object.keys(workspace.projects ?? {})[0]
  if (name === undefined) return undefined
  const build = workspace.projects?.[name]?.architect?.build
  const path = build?.options?.outputPath
  const base = typeof path === 'string' ? path : ((path as { base?: string } | undefined)?.base ?? `dist/${name}`)
  const caches = [{ id: 'angular', path: '.angular/cache' }]
  if (server) return { start: `node ${base}/server/server.mjs`, outputs: [base], caches }
  // The older builder has no directory for the browser's part.
  const directory = String(build?.builder).endsWith(':browser') ? base : `${base}/browser`
  return { site: { directory, spa: true }, outputs: [directory], caches }
}

function read(text: string): Workspace {
  try {
    return (JSON.parse(text) ?? {}) as Workspace
  } catch {
    return {}
  }
}
