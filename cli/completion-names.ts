import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Context } from './context.ts'
import { allPages } from './pages.ts'

type Kind = 'apps' | 'processes' | 'configVars'

const FRESH_MS = 60_000
/** A shell that waits longer for a completion feels broken. */
const PATIENCE_MS = 1_500

/** Names from the box, kept for a minute: a Tab key must not be a request each time. Names only, never a value. */
export async function completionNames(context: Context, kind: Kind): Promise<string[]> {
  const { url, app } = kind === 'apps' ? { ...(await context.signedIn()), app: '' } : await context.app()
  const key = createHash('sha256').update(`${url}\n${kind}\n${app}`).digest('hex').slice(0, 16)
  const file = join(context.config.cacheDirectory, `completion-${key}.json`)
  const kept = await readFresh(file)
  if (kept) return kept
  const names = await ask(context, kind)
  await keep(context.config.cacheDirectory, file, names)
  return names
}

async function ask(context: Context, kind: Kind): Promise<string[]> {
  const signal = AbortSignal.timeout(PATIENCE_MS)
  if (kind === 'apps') {
    const { client } = await context.signedIn()
    return (await allPages((query) => client.call('apps.list', { query, signal }))).items.map(({ name }) => name)
  }
  const { app, client } = await context.app()
  if (kind === 'configVars') return Object.keys((await client.call('config.list', { params: { app }, signal })).vars)
  return (await client.call('formation.list', { params: { app }, signal })).items.map(({ type }) => type)
}

async function readFresh(file: string): Promise<string[] | undefined> {
  try {
    if (Date.now() - (await stat(file)).mtimeMs > FRESH_MS) return undefined
    const value: unknown = JSON.parse(await readFile(file, 'utf8'))
    return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined
  } catch {
    return undefined
  }
}

async function keep(directory: string, file: string, names: string[]): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const temporary = `${file}.${process.pid}.tmp`
  await writeFile(temporary, JSON.stringify(names), { mode: 0o600 })
  await rename(temporary, file)
}
