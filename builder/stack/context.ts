import { pipeline } from 'node:stream/promises'
import { type Pack, pack } from 'tar-stream'
import { DOCKERFILE_PATH, type ExtraFile } from '../buildkit/context.ts'
import { leanProgram } from './lean-program.ts'

/** The context of the stack's build: the Dockerfile, our own Node, and npm. */
export function stackContext(
  dockerfile: string,
  node: string,
  npm: AsyncIterable<ExtraFile>,
): AsyncIterable<Uint8Array> {
  const out = pack()
  write(out, dockerfile, node, npm).then(
    () => out.finalize(),
    (error) => out.destroy(error),
  )
  // streamx streams can be iterated; their types do not say so.
  return out as unknown as AsyncIterable<Uint8Array>
}

async function write(out: Pack, dockerfile: string, node: string, npm: AsyncIterable<ExtraFile>): Promise<void> {
  out.entry({ name: DOCKERFILE_PATH }, dockerfile)
  const { size, content } = await leanProgram(node)
  await pipeline(content, out.entry({ name: 'node', size, mode: 0o755 }))
  for await (const { path, content, mode = 0o644 } of npm) out.entry({ name: path, mode }, content)
}
