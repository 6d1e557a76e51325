import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Instance, RunHandle } from '../engine.ts'
import { type Bench, body, ENVIRONMENT_APP, eventually, textOf, WORKER } from './bench.ts'

const SIZE = { columns: 70, rows: 20 }
/** On an engine that does not isolate, others are seen too. */
const NAME = `LEFT_${process.pid}`
/** Names every process that carries the variable. */
const LEFT = `for each in /proc/[0-9]*; do tr '\\0' '\\n' <$each/environ 2>/dev/null | grep -q '^${NAME}=' && echo $each; done; true`
/** Three that outlast an ordinary end: in the background, in another session, deaf to what asks. */
const LEAVE = `export ${NAME}=1; nohup sleep 300 >/dev/null 2>&1 & ${NAME}=1 setsid sleep 300 & ${NAME}=1 sh -c 'trap "" HUP TERM; sleep 300; :' & echo rea""dy`

export function execsContract(bench: Bench): void {
  const inside = ({ id }: Instance, script: string, tty: typeof SIZE | null = null) =>
    bench.engine.exec(id, { mark: `exec-${randomUUID()}`, command: ['sh', '-c', script], tty })
  const left = async (instance: Instance) => {
    const run = await inside(instance, LEFT)
    return (await textOf(run.stdout)).split('\n').filter(Boolean).length
  }

  test('a command runs inside the instance, with its environment, its streams apart', async () => {
    const instance = await bench.applyOne(bench.workload(ENVIRONMENT_APP, { environment: { COLOUR: 'red' } }))
    await body(instance.endpoint)
    const run = await inside(instance, 'cat; echo "$COLOUR $PAAS_INSTANCE"; echo aside >&2; exit 3')
    run.stdin?.end('typed ')
    expect(await Promise.all([textOf(run.stdout), textOf(run.stderr)])).toEqual(['typed red web.1\n', 'aside\n'])
    expect(await run.exited).toMatchObject({ code: 3, outOfMemory: false })
    await body(instance.endpoint)
  })

  test('it can have a terminal, whose size changes, and which holds no key back', async () => {
    const instance = await bench.applyOne(bench.workload(WORKER))
    const sized = (size: string) =>
      `until [ "$(stty size 2>/dev/null)" = "${size}" ]; do sleep 0.05; done; echo is ${size}`
    const key = 'stty raw; echo raw; head -c 1 | od -An -tx1'
    const run = await inside(instance, `test -t 1 && { ${sized('20 70')}; ${sized('30 90')}; ${key}; }`, SIZE)
    const seen = following(run)
    await eventually(() => seen.text.includes('is 20 70'))
    await run.resize(90, 30)
    await eventually(() => seen.text.includes('raw'))
    run.stdin?.write('\u0010')
    await eventually(() => / 10\s/.test(seen.text))
    expect(await run.exited).toMatchObject({ code: 0 })
  })

  test.each([
    ['a terminal', SIZE],
    ['pipes', null],
  ])('when it ends, or is ended, nothing is left of what it started with %s', async (_, tty) => {
    const instance = await bench.applyOne(bench.workload(WORKER))
    const one = await inside(instance, `${LEAVE}; exit 7`, tty)
    expect(await one.exited).toMatchObject({ code: 7 })
    expect(await left(instance)).toBe(0)
    const other = await inside(instance, `${LEAVE}; sleep 300`, tty)
    const seen = following(other)
    await eventually(() => seen.text.includes('ready'))
    await eventually(async () => (await left(instance)) >= 3)
    await other.signal('SIGHUP')
    await other.exited
    expect(await left(instance)).toBe(0)
  })

  test('what ignores every other signal is ended by SIGKILL', async () => {
    const instance = await bench.applyOne(bench.workload(WORKER))
    const run = await inside(instance, `trap '' HUP TERM INT; echo deaf; while :; do sleep 0.1; done`, SIZE)
    const seen = following(run)
    await eventually(() => seen.text.includes('deaf'))
    await run.signal('SIGHUP')
    await run.signal('SIGKILL')
    await run.exited
  })

  test('it ends with the instance, and what a server before has left is ended by its mark', async () => {
    const workload = bench.workload(WORKER)
    const instance = await bench.applyOne(workload)
    const script = `export ${NAME}=1; echo ready; sleep 300; :`
    const ended = await inside(instance, script)
    await eventually(() => following(ended).text.includes('ready'))
    await bench.engine.endExec(instance.id, ended.id)
    await ended.exited
    expect(await left(instance)).toBe(0)
    const run = await inside(instance, script)
    const seen = following(run)
    await eventually(() => seen.text.includes('ready'))
    await bench.engine.remove(workload, 1_000)
    expect((await run.exited).code).not.toBe(0)
    await bench.engine.endExec(instance.id, run.id)
    await expect(inside(instance, 'true')).rejects.toMatchObject({ name: 'PaasError' })
  })
}

/** What it has printed so far; the same of one run whoever asks. */
function following(run: RunHandle): { text: string } {
  const known = followed.get(run)
  if (known) return known
  const seen = { text: '' }
  followed.set(run, seen)
  for (const stream of [run.stdout, run.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      seen.text += String(chunk)
    })
  }
  return seen
}
const followed = new WeakMap<RunHandle, { text: string }>()
