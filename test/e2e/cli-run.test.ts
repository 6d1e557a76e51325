import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LocalBox } from '../../scripts/local-box.ts'
import { testEngines } from '../engines.ts'
import { Person, Transcript } from './person.ts'

describe.each(testEngines())('one-off instances on %s', (engine) => {
  let box: LocalBox
  let ada: Person
  let cwd: string

  beforeAll(async () => {
    box = await LocalBox.start({ engine })
    ada = await Person.owner(box)
    cwd = await ada.repository('shop')
    await ada.done('apps:create shop', { cwd })
  })
  afterAll(async () => {
    await box?.[Symbol.asyncDispose]()
  })

  test('an app without a release has nothing to run', async () => {
    const { code, stderr } = await ada.paas('run ls', { cwd })
    expect(code).toBe(1)
    expect(stderr).toMatch(/git push/)
    await ada.done('config:set GREETING=hello', { cwd })
    expect((await ada.git(cwd, 'push', 'paas', 'main')).code).toBe(0)
  })

  test('the command runs in the release with its config, and its streams stay apart', async () => {
    const script =
      'console.log(process.env.GREETING, process.env.PAAS_RELEASE, process.argv[1]); console.error("aside")'
    const run = await ada.paas(['run', '--', 'node', '-e', script, 'a b $HOME "c"'], { cwd })
    expect(run).toMatchObject({ code: 0, stdout: 'hello v1 a b $HOME "c"\n' })
    expect(run.stderr).toContain('aside\n')
    expect(await ada.done(['run', 'echo $GREETING | tr a-z A-Z'], { cwd })).toBe('HELLO\n')
    expect(await ada.done(['run', '-e', 'EXTRA=x=y', '--', 'sh', '-c', 'echo $EXTRA'], { cwd })).toBe('x=y\n')
    expect(await ada.done('run cat server.js', { cwd })).toContain('createServer')
  })

  test.each([0, 1, 3, 42, 255])('exit code %i is passed on', async (code) => {
    expect((await ada.paas(['run', `exit ${code}`], { cwd })).code).toBe(code)
  })

  test('a program that does not exist and one that is killed end as in a shell', async () => {
    expect((await ada.paas('run -- no-such-program', { cwd })).code).toBe(127)
    expect((await ada.paas(['run', 'kill -9 $$'], { cwd })).code).toBe(137)
  })

  test('standard input goes through, to its last byte', async () => {
    const stdin = 'line\n'.repeat(50_000)
    const { code, stdout } = await ada.paas('run cat', { cwd, stdin })
    expect(code).toBe(0)
    expect(stdout.length).toBe(stdin.length)
    expect(await ada.done('run -- wc -l', { cwd, stdin })).toMatch(/^\s*50000\n$/)
  })

  test('a terminal is a terminal: size, typing, Ctrl-C and exit code', async () => {
    const child = ada.startOnTerminal('run sh', { cwd })
    const session = new Transcript(child)
    const type = (text: string) => child.stdin?.write(text)
    await expect.poll(() => session.text).toMatch(/[$#] $/)
    type('test -t 0 && test -t 1 && echo it is a t""ty\r')
    await expect.poll(() => session.text).toContain('it is a tty')
    type('stty size\r')
    await expect.poll(() => session.text).toMatch(/^\d+ \d+\r?$/m)
    type('echo slee""ping; sleep 100; echo go""ne\r')
    await expect.poll(() => session.text).toContain('sleeping')
    type('\u0003')
    await expect.poll(() => session.text).toMatch(/\^C[\s\S]*[$#] $/)
    type('echo sti""ll here; exit 7\r')
    await expect.poll(() => session.text).toContain('still here')
    expect(await session.ended).toBe(7)
    expect(session.text).toMatch(/Running sh on shop\.\.\. done, run\.\d+/)
  })

  test('--no-tty and pipes have none', async () => {
    expect((await ada.paas(['run', 'test -t 0'], { cwd })).code).toBe(1)
    const session = new Transcript(ada.startOnTerminal(['run', '--no-tty', 'test -t 0 || exit 9'], { cwd }))
    expect(await session.ended).toBe(9)
  })

  test('Ctrl-C without a terminal reaches the command', async () => {
    const child = ada.start(['run', 'trap "echo caught; exit 5" INT; echo ready; while :; do sleep 0.1; done'], { cwd })
    const session = new Transcript(child)
    await expect.poll(() => session.text).toContain('ready')
    child.kill('SIGINT')
    expect(await session.ended).toBe(5)
    expect(session.text).toContain('caught')
  })

  test('a detached run goes on by itself, writes to the log and ends in the list', async () => {
    const started = await ada.paas(['run:detached', 'echo working; sleep 5; echo finished; exit 4'], { cwd })
    expect(started.code).toBe(0)
    const name = started.stdout.trim()
    expect(name).toMatch(/^run\.\d+$/)
    expect(started.stderr).toContain(`paas logs -t -p ${name} -a shop`)
    const log = () => ada.done(['logs', '-p', name], { cwd })
    await expect.poll(log).toContain(`app[${name}]: finished`)
    await expect.poll(() => ada.done('runs', { cwd })).toMatch(new RegExp(`^${name} .*ended, code 4`, 'm'))
    const { command } = await ada.json('runs.create', 'run:detached --json -- true', { cwd })
    expect(command).toEqual(['true', '--json'])
  })

  test('a run can be stopped', async () => {
    const name = (await ada.done('run -d -- sleep 300', { cwd })).trim()
    expect(await ada.done('runs', { cwd })).toMatch(new RegExp(`^${name} +run_\\w+ +running`, 'm'))
    expect((await ada.paas(['runs:stop', name], { cwd })).stderr).toContain('done')
    const ended = () =>
      ada.json('runs.list', 'runs', { cwd }).then(({ items }) => items.find((run) => run.name === name)?.state)
    await expect.poll(ended).toBe('ended')
    expect((await ada.paas('runs:stop run.0', { cwd })).code).toBe(5)
  })

  test('a command joins the instance that serves: its processes, its files, its terminal', async () => {
    const served = ['exec', '-i', 'web.1', '--', 'sh', '-c', 'echo "$PAAS_INSTANCE $GREETING"; cat; exit 6']
    const run = await ada.paas(served, { cwd, stdin: 'typed\n' })
    expect(run).toMatchObject({ code: 6, stdout: 'web.1 hello\ntyped\n' })
    expect((await ada.paas('exec -i web.9 ls', { cwd })).code).toBe(5)
    const child = ada.startOnTerminal('ps:exec', { cwd })
    const session = new Transcript(child)
    const type = (text: string) => child.stdin?.write(text)
    await expect.poll(() => session.text, { timeout: 90_000 }).toMatch(/[$#] $/)
    type('nohup sleep 300 >/dev/null 2>&1 &\r')
    type('echo "inside $PAAS_INSTANCE in $(stty size)"\r')
    await expect.poll(() => session.text, { timeout: 90_000 }).toMatch(/inside web\.1 in \d+ \d+/)
    type('exit 7\r')
    expect(await session.ended).toBe(7)
    expect(session.text).toMatch(/Running a shell inside shop\.\.\. done, exec\.\d+/)
    expect(await ada.done('runs', { cwd })).toMatch(/^exec\.\d+ .*ended, code 7.*\(in web\.1\)$/m)
    expect(await ada.done('activity', { cwd })).toMatch(/run\.exec +exec\.\d+ in web\.1/)
  })

  test('whoever goes away takes what runs inside the instance along', async () => {
    const name = `LEFT_${process.pid}`
    const child = ada.start(['exec', 'export LEFT=1; nohup sleep 300 >/dev/null 2>&1 & echo ready; sleep 300; :'], {
      cwd,
    })
    const session = new Transcript(child)
    await expect.poll(() => session.text, { timeout: 90_000 }).toContain('ready')
    child.kill('SIGKILL')
    await session.ended
    const left = `for each in /proc/[0-9]*; do tr '\\0' '\\n' <$each/environ | grep ^${name}=; done 2>/dev/null; true`
    await expect.poll(() => ada.done(['exec', left], { cwd }), { timeout: 90_000 }).toBe('')
  })

  test('nothing that ran is still there', async () => {
    const running = () =>
      box
        .client()
        .call('box.info')
        .then(({ instances }) => instances)
    await expect.poll(running).toBe(1)
  })

  test('nothing to run, and options without a value, are mistakes in usage', async () => {
    expect((await ada.paas('run', { cwd })).code).toBe(2)
    expect((await ada.paas('run -e NOVALUE ls', { cwd })).code).toBe(2)
    expect((await ada.paas('run --json ls', { cwd })).code).toBe(2)
  })
})
