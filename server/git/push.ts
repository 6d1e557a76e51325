import type { ChildProcess, StdioOptions } from 'node:child_process'
import type { AppRecord, Apps } from '../apps/apps.ts'
import type { BuildSettingsStore } from '../apps/build-settings.ts'
import { messageOf, PaasError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Access } from '../people/access.ts'
import type { ActivityLog } from '../people/activity.ts'
import type { Actor } from '../people/actor.ts'
import { exitOf, spawnGit } from './git.ts'
import type { GitService, GitSession, RefsRequest } from './git-session.ts'
import { HOOK_STDIO, HookChannel, type HookRequest } from './pre-receive.ts'
import { type DeployPush, PushDeploy } from './push-deploy.ts'
import { type PushPlan, planPush, shortList, unwatched } from './push-plan.ts'
import { refusalText } from './refusal.ts'
import type { Repositories } from './repositories.ts'
import { Turns } from './turns.ts'

/** What the git wing asks of deploys. */
export type PushTarget = { push: DeployPush; expectPush(): void; admitPush(): Promise<void> }

type PushOptions = {
  repositories: Pick<Repositories, 'open' | 'empty'>
  apps: Pick<Apps, 'find' | 'getFor' | 'create' | 'requireCreatable'>
  access: Pick<Access, 'can'>
  activity: Pick<ActivityLog, 'record'>
  buildSettings: Pick<BuildSettingsStore, 'get'>
  deploys: PushTarget
  log: Log
}

/** Of one user, running at a time: git costs a process and as much memory as the history wants. */
const MAX_SESSIONS = 20

/** What git clients do, whatever road they come by: who may, which repository, and what a push means. */
export class PushHandler {
  readonly #options: PushOptions
  readonly #turns = new Turns()
  readonly #unannounced = new Set<string>()
  readonly #sessions = new Map<string, number>()

  constructor(options: PushOptions) {
    this.#options = options
  }

  /** A push to a name that nobody has creates the app. One that the box cannot take now is refused before git begins. */
  async open(actor: Actor, name: string, service: GitService): Promise<GitSession> {
    if (service === 'receive-pack') await this.#options.deploys.admitPush()
    const app =
      service === 'upload-pack' ? this.#options.apps.getFor(actor, name, 'app:view') : this.#forPush(actor, name)
    return { actor, app, service, repository: await this.#options.repositories.open(app) }
  }

  /** As `open`, for a client that only asks what is there: nothing is made, and an app yet to come has an empty repository. */
  async look(actor: Actor, name: string, service: GitService): Promise<RefsRequest> {
    const { apps, deploys, repositories } = this.#options
    if (service === 'upload-pack' || apps.find(name)) return await this.open(actor, name, service)
    await deploys.admitPush()
    apps.requireCreatable(actor, name)
    return { actor, service, repository: await repositories.empty() }
  }

  /** Starts git for a session; the caller joins its standard streams to the client. Throws `git.busy`. */
  start(session: GitSession, args: string[], environment: Record<string, string>): ChildProcess {
    const takes = session.service === 'receive-pack'
    const child = this.#spawn(session, args, environment, takes ? [...HOOK_STDIO] : 'pipe')
    if (takes) void this.#attend(session, child)
    return child
  }

  /** As `start`, for git that only tells which refs there are, so that no hook will run. */
  tell(request: RefsRequest, args: string[], environment: Record<string, string>): ChildProcess {
    return this.#spawn(request, args, environment, 'pipe')
  }

  /** Called when a pack begins to arrive, ahead of the build that will follow. */
  expect(): void {
    this.#options.deploys.expectPush()
  }

  #spawn(
    { actor, repository }: RefsRequest,
    args: string[],
    environment: Record<string, string>,
    stdio: StdioOptions,
  ): ChildProcess {
    const env = { ...repository.environment, ...environment }
    this.#count(actor, 1)
    const child = spawnGit(args, { env, cwd: repository.directory, stdio })
    void exitOf(child)
      .catch(() => null)
      .finally(() => this.#count(actor, -1))
    return child
  }

  #count({ user }: Actor, change: 1 | -1): void {
    const id = user?.id ?? ''
    const sessions = (this.#sessions.get(id) ?? 0) + change
    if (sessions > MAX_SESSIONS) throw busy()
    if (sessions > 0) this.#sessions.set(id, sessions)
    else this.#sessions.delete(id)
  }

  #forPush(actor: Actor, name: string): AppRecord {
    const { access, activity, apps } = this.#options
    const existing = apps.find(name)
    if (existing && !access.can(actor, 'app:view', existing)) throw notYours(name)
    if (existing) return apps.getFor(actor, name, 'app:deploy')
    const app = apps.create(actor, name)
    activity.record(actor, 'app.create', name, app)
    this.#unannounced.add(app.id)
    return app
  }

  /** Lives as long as git does, with or without the client. */
  async #attend(session: GitSession, child: ChildProcess): Promise<void> {
    const hook = new HookChannel(child)
    const ended = exitOf(child).catch(() => null)
    try {
      const request = await hook.request()
      if (request) await this.#decide(session, request, hook, ended)
    } catch (error) {
      for (const line of this.#apology(session.app, error)) hook.print(` !     ${line}`)
    } finally {
      hook.decide('decline')
      await ended
      hook.close()
    }
  }

  #apology(app: AppRecord, error: unknown): string[] {
    if (error instanceof PaasError && error.kind === 'limited') return refusalText(error, this.#options.log).split('\n')
    this.#options.log.error('push.failed', { app: app.name, reason: messageOf(error) })
    return [
      'The push failed on the server. What was live before still is.',
      'Push again; the log of the server says more.',
    ]
  }

  async #decide(session: GitSession, request: HookRequest, hook: HookChannel, ended: Promise<unknown>): Promise<void> {
    const { app, actor, repository } = session
    if (this.#unannounced.delete(app.id)) hook.print(`Creating ${app.name}... done`)
    const branches = await repository.branches()
    const plan = await this.#watched(session, request, planPush(request.refs, branches))
    if (plan.declined) return plan.declined.forEach((line) => void hook.print(line))
    for (const note of shortList(plan.notes)) hook.print(note)
    if (plan.deploy === null) hook.decide('accept')
    else if (!(await this.#deploy(session).run({ ...plan.deploy, request, branches, hook, ended }))) return
    await ended
    const deployed = plan.deploy ? [`${plan.deploy.branch} ${plan.deploy.commit.slice(0, 7)}`] : []
    this.#options.activity.record(actor, 'push', shortList([...deployed, ...plan.stored]).join(', '), app)
    await repository.tidy()
  }

  /** A push that touches none of the paths that the app watches is stored, and builds nothing. */
  async #watched({ app, repository }: GitSession, { objects }: HookRequest, plan: PushPlan): Promise<PushPlan> {
    const { watch } = this.#options.buildSettings.get(app.id)
    if (plan.declined || !plan.deploy?.from || watch.length === 0) return plan
    const { branch, commit, from } = plan.deploy
    return (await repository.touches(from, commit, watch, objects)) ? plan : unwatched(plan, { branch, watch })
  }

  #deploy(session: GitSession): PushDeploy {
    const { buildSettings, deploys } = this.#options
    const withLinks = buildSettings.get(session.app.id).submodules
    return new PushDeploy({ session, turns: this.#turns, push: (push) => deploys.push(push), withLinks })
  }
}

function busy(): PaasError {
  return new PaasError('limited', 'git.busy', `You have ${MAX_SESSIONS} pushes and fetches under way already.`, {
    fix: 'Wait until some of them have ended, then try again.',
  })
}

function notYours(name: string): PaasError {
  const message = `You may not push to ${name}: the name belongs to somebody else's app.`
  return new PaasError('forbidden', 'push.no-access', message, {
    fix: 'Ask its owner for access, or push to another name.',
    command: 'git remote set-url paas <address with another name>',
  })
}
