import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { TOKEN } from './test-box.ts'

export type Finished = { code: number | null; stdout: string; stderr: string }
export type Surroundings = { env?: Record<string, string>; cwd?: string; stdin?: string; node?: string }

const PATH = [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(':')

/** The real bundle, in a home of its own. */
export class TestCli implements AsyncDisposable {
  readonly home: string
  readonly bundle: string

  private constructor(home: string) {
    this.home = home
    this.bundle = join(home, 'bin', 'paas')
  }

  static async build(): Promise<TestCli> {
    const cli = new TestCli(await mkdtemp(join(tmpdir(), 'paas-cli-')))
    const script = join(import.meta.dirname, '../scripts/build-cli.ts')
    const { code, stderr } = await finished(spawn(process.execPath, [script, '--outfile', cli.bundle]))
    if (code !== 0) throw new Error(stderr)
    await mkdir(cli.work)
    return cli
  }

  /** An empty folder that is no git repository. */
  get work(): string {
    return join(this.home, 'work')
  }

  get credentialsFile(): string {
    return join(this.home, '.config', 'paas', 'hosts.json')
  }

  async signIn(...hosts: { url: string; ssh?: { host: string; port: number } }[]): Promise<void> {
    await mkdir(join(this.home, '.config', 'paas'), { recursive: true })
    const entries = hosts.map((host) => ({ user: 'ada', token: TOKEN, ...host }))
    await writeFile(this.credentialsFile, JSON.stringify({ current: hosts[0]?.url, hosts: entries }))
  }

  start(args: string[], around: Surroundings = {}): ChildProcess {
    const child = spawn(around.node ?? process.execPath, [this.bundle, ...args], {
      cwd: around.cwd ?? this.work,
      env: { PATH, HOME: this.home, TZ: 'UTC', ...around.env },
    })
    if (around.stdin !== undefined) child.stdin.end(around.stdin)
    return child
  }

  run(args: string[], around: Surroundings = {}): Promise<Finished> {
    return finished(this.start(args, { stdin: '', ...around }))
  }

  /** The same under a terminal of its own; both streams are one there. `script` comes with Debian's bsdutils. */
  runOnTerminal(args: string[], typing?: { after: string; keys: string }): Promise<Finished> {
    const words = [process.execPath, this.bundle, ...args].map((word) => `'${word}'`).join(' ')
    const child = spawn('script', ['--quiet', '--return', '--command', words, '/dev/null'], {
      cwd: this.work,
      env: { PATH, HOME: this.home, TZ: 'UTC', TERM: 'xterm' },
    })
    let seen = ''
    child.stdout.on('data', function type(chunk: Buffer) {
      seen += chunk.toString()
      if (!typing || !seen.includes(typing.after)) return
      child.stdout.off('data', type)
      child.stdin.write(typing.keys)
    })
    return finished(child)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.home, { recursive: true, force: true })
  }
}

export async function finished(child: ChildProcess): Promise<Finished> {
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, stdout, stderr }
}
