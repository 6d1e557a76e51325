import { text } from 'node:stream/consumers'
import type { ServerAccess } from '../addon-service.ts'

/** Runs constant text of a shell beside the server with some standard input; returns what it wrote. */
export async function fedText(access: ServerAccess, script: string, input: string): Promise<string> {
  const pipe = await access.pipe(['/bin/sh', '-c', script])
  pipe.stdin.on('error', () => {})
  pipe.stdin.end(input)
  const [code, said, wrote] = await Promise.all([pipe.exited, text(pipe.stderr), text(pipe.stdout)])
  if (code !== 0) throw new Error(`the shell beside the server ended with ${code}: ${said.trim()}`)
  return wrote
}
