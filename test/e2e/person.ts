import { type ChildProcess, spawn } from 'node:child_process'
import { access, chmod, cp, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type LocalBox, NODE, ROOT } from '../../scripts/local-box.ts'
import { type CommandResult, runCommand } from '../../scripts/run-command.ts'
import type { CallOutput } from '../../server/contract/client.ts'
import type { OperationId } from '../../server/contract/paths.ts'
import { routes } from '../../server/contract/routes.ts'

/** One string is split at its spaces; an array is taken as it is. */
type Words = string | string[]
type Around = { cwd?: string; stdin?: string; env?: Record<string, string> }

/** Somebody at a terminal: a home with an SSH key, git, and the CLI as the one file that users get. */
export class Person {
  readonly name: string
  readonly home: string
  readonly key: string
  readonly #box: LocalBox
  readonly #bundle: string

  private constructor(box: LocalBox, name: string) {
    this.name = name
    this.home = join(box.data, 'people', name)
    this.key = join(this.home, '.ssh', 'id_ed25519')
    this.#box = box
    this.#bundle = join(box.data, 'bin', 'paas')
  }

  /** With a key that the box does not know yet, and not signed in. */
  static async arrive(box: LocalBox, name: string): Promise<Person> {
    const person = new Person(box, name)
    await mkdir(join(person.home, '.ssh'), { recursive: true, mode: 0o700 })
    await mkdir(join(box.data, 'user'), { recursive: true, mode: 0o700 })
    await runCommand('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', `${name}@laptop`, '-f', person.key])
    await person.#installCli()
    return person
  }

  /** Signed in with the token, the key known to the box. */
  static async signedIn(box: LocalBox, name: string, token: string): Promise<Person> {
    const person = await Person.arrive(box, name)
    await person.done(['login', box.apiUrl], { stdin: token })
    await person.done('keys:add')
    return person
  }

  /** The user that the box was claimed for. */
  static async owner(box: LocalBox): Promise<Person> {
    return await Person.signedIn(box, 'owner', box.token)
  }

  get credentialsFile(): string {
    return join(this.home, '.config', 'paas', 'hosts.json')
  }

  async token(): Promise<string> {
    const { hosts } = JSON.parse(await readFile(this.credentialsFile, 'utf8')) as { hosts: { token: string }[] }
    return hosts.at(-1)?.token ?? ''
  }

  /** Never throws for what the command says: that is `code`, `stdout` and `stderr`. */
  async paas(words: Words, around: Around = {}): Promise<CommandResult> {
    return await runCommand(NODE, [this.#bundle, ...split(words)], {
      ...this.#surroundings(around),
      input: around.stdin ?? '',
      allowFailure: true,
    })
  }

  /** Standard output of a command that must succeed. */
  async done(words: Words, around: Around = {}): Promise<string> {
    const { code, stdout, stderr } = await this.paas(words, around)
    if (code !== 0) throw new Error(`paas ${split(words).join(' ')} ended with ${code}:\n${stderr}`)
    return stdout
  }

  /** What a command prints with `--json`, which must be the answer of this operation. */
  async json<Id extends OperationId>(id: Id, words: Words, around: Around = {}): Promise<CallOutput<Id>> {
    const value: unknown = JSON.parse(await this.done([...split(words), '--json'], around))
    return routes[id].response.parse(value) as CallOutput<Id>
  }

  /** A command that goes on until it is stopped. */
  start(words: Words, around: Around = {}): ChildProcess {
    return spawn(NODE, [this.#bundle, ...split(words)], {
      ...this.#surroundings(around),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  /** As `start`, with these bytes on standard input. */
  startPiped(words: Words, input: Buffer): ChildProcess {
    const child = spawn(NODE, [this.#bundle, ...split(words)], { ...this.#surroundings({}), stdio: 'pipe' })
    // Who has read enough may end before all was written.
    child.stdin.on('error', () => {}).end(input)
    return child
  }

  /** Under a terminal of its own, which `script` of Debian's bsdutils makes; both output streams are one there. */
  startOnTerminal(words: Words, around: Around = {}): ChildProcess {
    const command = [NODE, this.#bundle, ...split(words)].map((word) => `'${word}'`).join(' ')
    const { cwd, env } = this.#surroundings(around)
    const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      cwd,
      env: { ...env, TERM: 'xterm', SHELL: '/bin/sh' },
    })
    child.stdin.on('error', () => {})
    return child
  }

  async git(directory: string, ...args: string[]): Promise<CommandResult> {
    return await runCommand('git', args, { ...this.#surroundings({ cwd: directory }), allowFailure: true })
  }

  startGit(directory: string, ...args: string[]): ChildProcess {
    return spawn('git', args, {
      ...this.#surroundings({ cwd: directory }),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
  }

  /** A repository with one of the builder's examples, committed; without a remote. */
  async repository(name: string, example = 'hello-node'): Promise<string> {
    const directory = join(this.home, name)
    await cp(join(ROOT, 'builder', 'examples', example), directory, {
      recursive: true,
      filter: (file) => !file.endsWith('plan.golden.json'),
    })
    await this.git(this.home, 'init', '-q', '-b', 'main', directory)
    await this.commit(directory, 'first')
    return directory
  }

  /** Everything as it is; the new commit. */
  async commit(directory: string, message: string): Promise<string> {
    await this.git(directory, 'add', '--all')
    await this.git(directory, 'commit', '-q', '--allow-empty', '-m', message)
    return (await this.git(directory, 'rev-parse', 'HEAD')).stdout.trim()
  }

  #surroundings({ cwd, env }: Around): { cwd: string; env: Record<string, string> } {
    return { cwd: cwd ?? this.home, env: { ...this.#box.gitEnvironment(this.key), HOME: this.home, TZ: 'UTC', ...env } }
  }

  async #installCli(): Promise<void> {
    const present = await access(this.#bundle).then(
      () => true,
      () => false,
    )
    if (present) return
    await runCommand(NODE, [join(ROOT, 'scripts', 'build-cli.ts'), '--outfile', this.#bundle])
    await chmod(this.#bundle, 0o755)
  }
}

function split(words: Words): string[] {
  return typeof words === 'string' ? words.split(' ') : words
}

/** All that a program says, while it says it. */
export class Transcript {
  text = ''
  readonly ended: Promise<number | null>

  constructor(child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        this.text += chunk
      })
    }
    this.ended = new Promise((resolve) => child.once('close', resolve))
  }
}
