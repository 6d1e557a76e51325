import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Header, pack } from 'tar-stream'
import { Source } from './source.ts'
import type { SourceLimits } from './source-checks.ts'

/** For tests: an entry as tar has it; `content` makes it a file. */
export type FixtureEntry = Partial<Header> & { name: string; content?: string | Buffer }

export const ROOMY: SourceLimits = { maxFileBytes: 1_000_000, maxTreeBytes: 10_000_000 }

/** For tests: a directory that is gone at the end of the scope. */
export class TemporaryDirectory implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'paas-builder-'))

  join(...names: string[]): string {
    return join(this.path, ...names)
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** For tests: writes a tar file that may well be one that git would never make. */
export async function writeTar(file: string, entries: FixtureEntry[]): Promise<void> {
  const tar = pack()
  for (const { content, ...header } of entries) tar.entry({ mtime: new Date(0), ...header }, content ?? '')
  tar.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of tar as unknown as AsyncIterable<Buffer>) chunks.push(chunk)
  writeFileSync(file, Buffer.concat(chunks))
}

/** For tests: the source that these files make, by path. The tar file is removed; the open source reads on. */
export async function sourceOf(
  files: Record<string, string> | FixtureEntry[],
  limits: SourceLimits = ROOMY,
): Promise<Source> {
  using directory = new TemporaryDirectory()
  const file = directory.join('source.tar')
  const entries = Array.isArray(files) ? files : Object.entries(files).map(([name, content]) => ({ name, content }))
  await writeTar(file, entries)
  return Source.open(file, limits)
}
