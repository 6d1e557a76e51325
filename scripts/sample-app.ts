import { appendFile, cp } from 'node:fs/promises'
import { join } from 'node:path'
import { type LocalBox, ROOT } from './local-box.ts'
import { type CommandResult, runCommand } from './run-command.ts'

/** A git work tree of an app, with a remote `paas` on a box. */
export class SampleApp {
  readonly name: string
  readonly directory: string
  readonly #environment: Record<string, string>

  private constructor(name: string, directory: string, environment: Record<string, string>) {
    this.name = name
    this.directory = directory
    this.#environment = environment
  }

  /** A copy of one of the builder's examples, committed. */
  static async create(box: LocalBox, name: string, example = 'hello-node'): Promise<SampleApp> {
    const app = await SampleApp.empty(box, name)
    await cp(join(ROOT, 'builder', 'examples', example), app.directory, { recursive: true })
    await app.git('rm', '-q', '--cached', '--ignore-unmatch', 'plan.golden.json')
    await app.commit('first')
    return app
  }

  /** A repository without a commit. */
  static async empty(box: LocalBox, name: string): Promise<SampleApp> {
    const app = new SampleApp(name, join(box.data, 'src', name), box.gitEnvironment())
    await runCommand('git', ['init', '-q', '-b', 'main', app.directory], { env: box.gitEnvironment() })
    await app.git('remote', 'add', 'paas', box.sshRemote(name))
    return app
  }

  async git(...args: string[]): Promise<CommandResult> {
    return await runCommand('git', args, { cwd: this.directory, env: this.#environment })
  }

  async commit(message: string): Promise<void> {
    await this.git('add', '--all')
    await this.git('commit', '-q', '--allow-empty', '-m', message)
  }

  /** A change of code only: nothing that a dependency layer depends on. */
  async changeCode(text: string, file = 'server.js'): Promise<void> {
    await appendFile(join(this.directory, file), `// ${text}\n`)
    await this.commit(text)
  }

  /** Never throws: `code` says how it went, `stderr` what the user saw. */
  async push(...args: string[]): Promise<CommandResult> {
    return await runCommand('git', ['push', ...(args.length > 0 ? args : ['paas', 'main'])], {
      cwd: this.directory,
      env: this.#environment,
      allowFailure: true,
    })
  }

  /** Throws with everything that was said when it does not go live. */
  async deploy(): Promise<void> {
    const { code, stderr } = await this.push()
    if (code !== 0) throw new Error(`git push ended with ${code}:\n${stderr}`)
  }
}
