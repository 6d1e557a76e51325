import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { get, Load, median } from '../bench/load.ts'
import { LocalBox, NODE, ROOT } from './local-box.ts'
import { runCommand } from './run-command.ts'
import { SampleApp } from './sample-app.ts'

const APP = 'hello'
const HOST = `${APP}.localhost`
const LOAD_PER_SECOND = 100
const USAGE = `Usage: scripts/try [options]

  --engine docker|embedded  what runs the app (default: docker where an engine answers, else embedded)
  --port N                  the router's port (default: 8080, or any free one with --once)
  --once                    verify the whole path, print the timings, end with one JSON line
`

const options = readOptions()
/** scripts/try has chosen one, by whether an engine answers. */
const engine = options.engine ?? 'embedded'
/** When the shell script began: installing what the machine lacks is part of the set-up. */
const begun = Number(process.env['PAAS_TRY_STARTED'] ?? Date.now())
const say = (text: string) => process.stderr.write(`${text}\n`)

say(`Starting a box on the ${engine} engine`)
const box = await LocalBox.start({ engine, ports: { http: options.port } })
const stopped = new AbortController()
process.once('SIGINT', () => stopped.abort()).once('SIGTERM', () => stopped.abort())
try {
  await runCommand(NODE, [`${ROOT}/scripts/build-cli.ts`], { cwd: ROOT })
  if (!options.once) await runCommand(NODE, [`${ROOT}/scripts/build-console.ts`], { cwd: ROOT })
  const setupMs = Date.now() - begun
  const app = await SampleApp.create(box, APP)
  const pushMs = await timedPush(app, 'Pushing an app')
  if (options.once) await verify(app, setupMs, pushMs)
  else await show(app)
} catch (error) {
  if (!stopped.signal.aborted) {
    say(` ›  Error: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = 1
  }
} finally {
  await box[Symbol.asyncDispose]()
}

async function timedPush(app: SampleApp, what: string): Promise<number> {
  say(`${what}: git push paas main`)
  const start = performance.now()
  await app.deploy()
  const { status } = await get({ port: box.ports.http, host: HOST })
  if (status !== 200) throw new Error(`the app answered ${status} after the push`)
  return performance.now() - start
}

/** Everything that the product promises first, for real, with requests going on. */
async function verify(app: SampleApp, setupMs: number, pushMs: number): Promise<void> {
  const api = box.client()
  const load = new Load({ port: box.ports.http, host: HOST, perSecond: LOAD_PER_SECOND })
  await app.changeCode('redeploy')
  const redeployMs = await timedPush(app, 'Pushing a change under load')
  await app.changeCode('again')
  const again = await timedPush(app, 'Pushing another')
  say('Scaling to 3')
  await api.call('formation.scale', { params: { app: APP }, body: { changes: [{ type: 'web', quantity: 3 }] } })
  say('Rolling back')
  const rollbackMs = await rollBack(api)
  say('Restarting the server')
  await box.stopServer()
  await box.startServer()
  await pause(500)
  const instances = await api.call('instances.list', { params: { app: APP } })
  const serving = instances.items.filter((instance) => instance.state === 'up' && instance.release === 4)
  const { sent, failed, failures } = await load.stop()
  for (const failure of failures) say(`  failed: ${failure}`)
  if (serving.length !== 3) throw new Error(`3 instances of v4 should be up, ${serving.length} are`)
  say(`${sent} requests, ${failed} failed`)
  const result = {
    engine,
    setup_s: Math.round(setupMs / 100) / 10,
    push_to_live_ms: Math.round(pushMs),
    redeploy_ms: Math.round(median([redeployMs, again])),
    failed_requests: failed,
    rollback_ms: Math.round(rollbackMs),
  }
  process.stdout.write(`${JSON.stringify(result)}\n`)
  if (failed > 0) process.exitCode = 1
}

async function rollBack(api: ReturnType<typeof box.client>): Promise<number> {
  const start = performance.now()
  const { deploy } = await api.call('releases.rollback', { params: { app: APP }, body: {} })
  for await (const state of api.stream('deploys.watch', { params: { app: APP, deploy } })) {
    if (state.serving) return performance.now() - start
    if (state.final) throw new Error(`the rollback ended as ${state.state}: ${state.reason}`)
  }
  throw new Error('the rollback was not seen to end')
}

/** In the foreground until Ctrl-C. */
async function show(app: SampleApp): Promise<void> {
  const password = randomBytes(12).toString('base64url')
  await box.client().call('password.set', { body: { password } })
  const paas = `PAAS_HOST=${box.apiUrl} PAAS_TOKEN=${box.token} ${NODE} ${ROOT}/dist/paas`
  process.stdout.write(`
A box is running on this machine, with an app on it.

  App      http://${HOST}:${box.ports.http}/
           (no name resolution? curl -H 'Host: ${HOST}' http://127.0.0.1:${box.ports.http}/)
  Console  ${box.apiUrl}/
           user owner, password ${password}
  API      ${box.apiUrl}/api/v1
  Source   ${app.directory}

Next, in another terminal:

  alias paas='${paas}'
  paas ps -a ${APP}
  paas scale web=3 -a ${APP}
  paas config:set GREETING=hi -a ${APP}
  paas logs -t -a ${APP}
  paas rollback -a ${APP}

Ctrl-C ends it and takes everything away again.
`)
  if (!stopped.signal.aborted) await new Promise((resolve) => stopped.signal.addEventListener('abort', resolve))
  say('Stopping')
}

function readOptions(): { engine: 'docker' | 'embedded' | undefined; port: number; once: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        engine: { type: 'string' },
        port: { type: 'string' },
        once: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (values.help) usage(0)
    if (values.engine !== undefined && values.engine !== 'docker' && values.engine !== 'embedded') {
      return usage(2, `there is no engine ${values.engine}`)
    }
    const port = Number(values.port ?? (values.once ? 0 : 8080))
    if (!Number.isInteger(port) || port < 0 || port > 65_535) return usage(2, `${values.port} is not a port`)
    return { engine: values.engine, port, once: values.once }
  } catch (error) {
    return usage(2, error instanceof Error ? error.message : String(error))
  }
}

function usage(code: number, mistake?: string): never {
  if (mistake) process.stderr.write(` ›  Error: ${mistake}\n`)
  process.stderr.write(USAGE)
  process.exit(code)
}
