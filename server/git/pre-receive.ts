import type { ChildProcess } from 'node:child_process'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { PaasError } from '../errors.ts'
import type { ObjectStore } from './repository.ts'

/** `null` stands for git's all-zero id: the ref did not exist before, or goes away. */
export type RefUpdate = { ref: string; from: string | null; to: string | null }
export type HookRequest = { refs: RefUpdate[]; objects: ObjectStore }

/**
 * Constant text: no name or path of a user is ever in it. The pipes 3, 4 and 5 come from the server through git (decision
 * record 005). When the server dies its ends close, `read` fails, and git keeps the branch as it was.
 */
const HOOK = `#!/bin/sh
{
  printf 'objects %s\\n' "$GIT_OBJECT_DIRECTORY"
  printf 'alternates %s\\n' "$GIT_ALTERNATE_OBJECT_DIRECTORIES"
  while read -r line; do printf 'ref %s\\n' "$line"; done
  printf 'end\\n'
} >&3 || exit 1
cat <&4
read -r verdict <&5 || exit 1
[ "$verdict" = accept ]
`
const HOOK_NAME = 'pre-receive'
/** What a client that does not read may leave waiting here; lines beyond are in `paas builds:output`. */
const MAX_UNREAD_BYTES = 1024 * 1024

/** Of one push: each costs memory and a file, and a mirror of a large project has fewer. */
const MAX_REFS = 10_000

/** The standard streams of a receive-pack, and the three pipes of its hook. */
export const HOOK_STDIO = ['pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'] as const

export async function installHooks(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o755 })
  const file = join(directory, HOOK_NAME)
  if ((await readFile(file, 'utf8').catch(() => '')) !== HOOK) {
    await writeFile(`${file}.new`, HOOK)
    await rename(`${file}.new`, file)
  }
  await chmod(file, 0o755)
}

/** The server's side of a waiting hook: what git wants to store, a line of output at a time, and the verdict. */
export class HookChannel {
  readonly #report: Readable
  readonly #output: Writable
  readonly #verdict: Writable
  #decided = false

  constructor(child: ChildProcess) {
    // The types of node know five streams; there are as many as were asked for.
    const [, , , report, output, verdict] = child.stdio as unknown as Writable[]
    if (!report || !output || !verdict) throw new Error('git was started without the pipes of its hook')
    this.#report = report as unknown as Readable
    this.#output = output
    this.#verdict = verdict
    for (const stream of [this.#report, this.#output, this.#verdict]) stream.on('error', () => {})
  }

  /**
   * Undefined when git ends without asking: nothing to store, or nothing that git would store. Throws
   * `push.too-many-refs`, after reading on to the end, because a hook that is not read does not listen either.
   */
  async request(): Promise<HookRequest | undefined> {
    const lines: string[] = []
    let refs = 0
    for await (const line of createInterface({ input: this.#report })) {
      if (line === 'end' && refs > MAX_REFS) throw tooManyRefs(refs)
      if (line === 'end') return readRequest(lines)
      if (line.startsWith('ref ')) refs += 1
      if (refs <= MAX_REFS) lines.push(line)
    }
    return undefined
  }

  /** Shown by the git client behind `remote: `, live. Does nothing once decided, when git is gone, or while nobody reads. */
  print(line: string): void {
    if (this.#decided || !this.#output.writable || this.#output.writableLength > MAX_UNREAD_BYTES) return
    this.#output.write(`${line}\n`)
  }

  decide(verdict: 'accept' | 'decline'): void {
    if (this.#decided) return
    this.#decided = true
    this.#output.end()
    this.#verdict.end(`${verdict}\n`)
  }

  close(): void {
    this.decide('decline')
    for (const stream of [this.#report, this.#output, this.#verdict]) stream.destroy()
  }
}

function tooManyRefs(refs: number): PaasError {
  const message = `This push is about ${refs} branches and tags; the box takes ${MAX_REFS} in one go.`
  return new PaasError('limited', 'push.too-many-refs', message, {
    fix: 'Push the branch that is to be deployed, and the rest in parts:',
    command: 'git push paas main',
  })
}

function readRequest(lines: string[]): HookRequest {
  const values = (key: string) =>
    lines.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1))
  return {
    refs: values('ref').map(readRef),
    objects: {
      GIT_OBJECT_DIRECTORY: values('objects')[0] ?? '',
      GIT_ALTERNATE_OBJECT_DIRECTORIES: values('alternates')[0] ?? '',
    },
  }
}

function readRef(line: string): RefUpdate {
  const [from = '', to = '', ...ref] = line.split(' ')
  return { ref: ref.join(' '), from: idOrNull(from), to: idOrNull(to) }
}

function idOrNull(id: string): string | null {
  return /^0+$/.test(id) ? null : id
}
