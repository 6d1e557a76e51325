import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ExtraFile } from './buildkit/context.ts'

/** Writes files of ours beneath `directory`, where they take the place of what is there. */
export function writeBrought(files: ExtraFile[], directory: string): void {
  for (const { path, content, mode = 0o644, link } of files) {
    const place = join(directory, path)
    mkdirSync(dirname(place), { recursive: true })
    rmSync(place, { recursive: true, force: true })
    if (link === undefined) writeFileSync(place, content, { mode })
    else symlinkSync(link, place)
  }
}

/** Changes with everything that is written. */
export function fingerprint({ path, content, mode, link }: ExtraFile): unknown[] {
  return [path, Buffer.from(content).toString('base64'), mode, link]
}
