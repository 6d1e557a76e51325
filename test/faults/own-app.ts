import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LocalBox } from '../../scripts/local-box.ts'
import { SampleApp } from '../../scripts/sample-app.ts'

/** An app of just these files, committed but not pushed; objects become JSON. */
export async function ownApp(box: LocalBox, name: string, files: Record<string, string | object>): Promise<SampleApp> {
  const app = await SampleApp.empty(box, name)
  await rewrite(app, files)
  return app
}

export async function rewrite(app: SampleApp, files: Record<string, string | object>): Promise<void> {
  for (const [file, content] of Object.entries(files)) {
    await writeFile(join(app.directory, file), typeof content === 'string' ? content : JSON.stringify(content, null, 2))
  }
  await app.commit('changed')
}
