import { writeFile } from 'node:fs/promises'
import type { AppRecord } from '../apps/apps.ts'
import { PaasError } from '../errors.ts'
import type { Actor } from '../people/actor.ts'
import type { GitSession } from './git-session.ts'
import type { HookChannel, HookRequest } from './pre-receive.ts'
import type { BranchDeploy } from './push-plan.ts'
import type { Branches } from './repository.ts'
import type { Turns } from './turns.ts'

/** The whole road from source to served, which belongs to deploys. Mistakes of the user are lines and `accepted: false`. */
export type DeployPush = (push: {
  actor: Actor
  app: AppRecord
  commit: string
  writeSource: (file: string, signal: AbortSignal) => Promise<void>
  output: (line: string) => void
}) => Promise<{ accepted: boolean }>

type Pushed = BranchDeploy & {
  request: HookRequest
  /** As they were when the push arrived. */
  branches: Branches
  hook: HookChannel
  /** Settles when git has moved the branch, or has not. */
  ended: Promise<unknown>
}

/** A push to the deploy branch: deployed while git waits in its hook, then the branch follows what is live. */
export class PushDeploy {
  readonly #session: GitSession
  readonly #turns: Turns
  readonly #push: DeployPush
  readonly #withLinks: boolean

  constructor(options: {
    session: GitSession
    turns: Turns
    push: DeployPush
    /** The builder is told of submodules, for which a tar has no word. */
    withLinks: boolean
  }) {
    this.#session = options.session
    this.#turns = options.turns
    this.#push = options.push
    this.#withLinks = options.withLinks
  }

  /** True when it is live and git has been told to move the branch; resolves when git is done. */
  async run(pushed: Pushed): Promise<boolean> {
    const { hook, commit } = pushed
    const { actor, app } = this.#session
    if (!(await this.#isCommit(pushed))) return false
    let giveBack = () => {}
    let branches = pushed.branches
    const writeSource = async (file: string, signal: AbortSignal) => {
      const turn = await this.#turns.take(app.id, signal)
      giveBack = turn.giveBack
      if (turn.waited) branches = await this.#session.repository.branches()
      await this.#writeSource(pushed, branches, file, signal)
    }
    try {
      const { accepted } = await this.#push({ actor, app, commit, writeSource, output: (line) => hook.print(line) })
      if (accepted) await this.#land(pushed, branches)
      return accepted
    } finally {
      giveBack()
    }
  }

  async #writeSource(pushed: Pushed, branches: Branches, file: string, signal: AbortSignal): Promise<void> {
    await this.#refuseStale(pushed, branches.get(pushed.branch) ?? null)
    const { repository } = this.#session
    const { commit, request } = pushed
    await repository.archive(commit, file, { objects: request.objects, signal })
    if (this.#withLinks) {
      await writeFile(`${file}.links`, JSON.stringify(await repository.links(commit, request.objects)))
    }
    const leave = `Ctrl-C leaves; the build goes on. To end it: paas builds:cancel -a ${this.#session.app.name}`
    for (const line of [leave, 'Compressing source files... done.', 'Building source:', '']) pushed.hook.print(line)
  }

  /** git would find out too late, when the branch is to be moved: a branch takes commits only. */
  async #isCommit({ commit, branch, request, hook }: Pushed): Promise<boolean> {
    const target = await this.#session.repository.commitOf(commit, request.objects)
    if (target === commit) return true
    hook.print(` !     What was pushed to ${branch} is a tag or another object, not a commit.`)
    hook.print(` !     Push the commit it points to: git push <remote> <tag>^{}:${branch}`)
    return false
  }

  /**
   * A push that waited was made against a branch that has moved since. It may still follow from the new tip, or have been
   * forced; else deploying it would drop the other one's commits, which git refuses, too.
   */
  async #refuseStale({ branch, from, commit, request }: Pushed, current: string | null): Promise<void> {
    if (current === from || current === null || current === commit) return
    const { repository } = this.#session
    if (await repository.isAncestor(current, commit, request.objects)) return
    const forced = from !== null && !(await repository.isAncestor(from, commit, request.objects))
    if (forced) return
    throw new PaasError(
      'conflict',
      'push.stale',
      `While this push waited, another one moved ${branch} to ${current.slice(0, 7)}.`,
      {
        fix: 'Take its commits in and push again.',
        command: 'git pull --rebase && git push',
      },
    )
  }

  /**
   * git moves the branch only from where it told the client that it was. After another push it is elsewhere, so it is put
   * back first; no other push can look in between, and a crash there leaves an older commit, which the next push replaces.
   */
  async #land({ branch, from, hook, ended, branches: before }: Pushed, branches: Branches): Promise<void> {
    const { repository } = this.#session
    const current = branches.get(branch) ?? null
    if (current !== from) await repository.moveBranch(branch, current, from)
    hook.decide('accept')
    await ended
    if (from === null && (branch !== 'main' || before.size > 0)) await repository.pointHeadAt(branch)
  }
}
