import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TestDesk } from './test-desk.ts'
import { shopHandlers } from './test-handlers.ts'
import { routingHandlers } from './test-routing.ts'
import { Shop } from './test-shop.ts'

const desk = new TestDesk(() => ({ ...shopHandlers(new Shop()), ...routingHandlers() }))

const paas = (line: string, stdin = '') => desk.paas(`${line} -a shop`, stdin)
const sent = () => desk.box.requestsOf('routing.update').at(-1)?.body

describe('routing:set', () => {
  test.each([
    ['sticky=on compress=off', { sticky: true, compress: false }],
    ['concurrency=20/50', { concurrency: { perInstance: 20, queue: 50 } }],
    ['concurrency=20', { concurrency: { perInstance: 20, queue: 50 } }],
    ['rate-limit=10', { rateLimit: { perSecond: 10, burst: 10 } }],
    ['rate-limit=off', { rateLimit: null }],
    ['max-body=10mb', { maxBody: 10_485_760 }],
    ['max-body=500KB', { maxBody: 512_000 }],
    ['max-body=100', { maxBody: 100 }],
    ['first-byte-timeout=90s idle-timeout=5m', { firstByteTimeout: 90, idleTimeout: 300 }],
    ['websocket-idle-timeout=12h', { websocketIdleTimeout: 43_200 }],
    ['hsts=1y https-redirect=off', { hsts: 31_536_000, httpsRedirect: false }],
    ['hsts=off tls=custom', { hsts: 0, tls: 'custom' }],
    ['allow=10.0.0.0/8,192.0.2.1', { allow: ['10.0.0.0/8', '192.0.2.1'] }],
    ['allow=', { allow: [] }],
    ['sticky=default', { sticky: null }],
  ])('%s', async (pairs, body) => {
    const { code, stderr } = await paas(`routing:set ${pairs}`)
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringMatching(/^Setting .* of shop... done\n$/) })
    expect(sent()).toEqual(body)
  })

  test.each([
    ['sticky', 'has no ='],
    ['sticky=yes', 'Fix: Use on or off; "default" goes back to the default.'],
    ['stickyy=on', 'Fix: Did you mean sticky?'],
    ['sticky=on sticky=off', 'given twice'],
    ['first-byte-timeout=1w', 'a time such as 90s'],
    ['max-body=10pb', 'a size such as'],
    ['rate-limit=fast', 'requests a second and how many at once'],
    ['tls=on', 'Use auto, custom or off'],
    ['auth=ada', 'Try: paas routing:auth NAME'],
    ['error-page=x', 'Try: paas routing:page error FILE'],
  ])('%s is refused before anything is sent, with a way out', async (pairs, advice) => {
    const { code, stderr } = await paas(`routing:set ${pairs}`)
    expect(code).toBe(2)
    expect(stderr).toContain(advice)
    expect(desk.box.requests).toEqual([])
  })

  test('tells all mistakes together, each with its way out', async () => {
    const { code, stderr } = await paas('routing:set sticky=yes max-body=10mb tls=on stickyy=on auth=ada hsts')
    expect(code).toBe(2)
    expect(stderr).toContain('Error: 5 of these cannot be taken, so nothing was changed.')
    for (const mistake of [
      'sticky cannot be "yes". Use on or off; "default" goes back to the default.',
      'tls cannot be "on". Use auto, custom or off;',
      'There is no setting "stickyy". Did you mean sticky?',
      'auth has a command of its own. Try: paas routing:auth NAME',
      '"hsts" has no =. Write NAME=VALUE.',
    ]) {
      expect(stderr).toContain(mistake)
    }
    expect(stderr).not.toContain('max-body')
    expect(desk.box.requests).toEqual([])
  })
})

test('routing shows each setting as one types it, beside its default', async () => {
  await paas('routing:set sticky=on max-body=10mb first-byte-timeout=90s')
  const { stdout } = await paas('routing')
  expect(stdout).toMatch(/^SETTING +VALUE +DEFAULT\nsticky +on +off\nconcurrency +none +none\n/)
  expect(stdout).toMatch(/^max-body +10mb +none$/m)
  expect(stdout).toMatch(/^first-byte-timeout +90s +60s$/m)
  expect(stdout).toMatch(/^websocket-idle-timeout +1h +1h$/m)
  expect(JSON.parse((await paas('routing --json')).stdout).settings.maxBody).toBe(10_485_760)
})

test('routing:unset goes back to defaults, and knows the names', async () => {
  expect((await paas('routing:unset sticky error-page auth')).code).toBe(0)
  expect(sent()).toEqual({ sticky: null, errorPage: null, auth: null })
  expect((await paas('routing:unset stick')).stderr).toContain('Did you mean sticky?')
})

describe('a password', () => {
  test('is read from standard input, without its line break, and stands in no answer', async () => {
    const { code, stdout, stderr } = await paas('routing:auth ada --password-stdin', 'correct horse \n')
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(sent()).toEqual({ auth: { ada: 'correct horse ' } })
    expect(stderr).toBe('Setting the password of ada for shop... done\n')
  })

  test('is asked for on a terminal, which does not show it', async () => {
    const typing = { after: 'Password for ada: ', keys: 'correct horse\r' }
    const { code, stdout } = await desk.cli.runOnTerminal(['routing:auth', 'ada', '-a', 'shop'], typing)
    expect(code).toBe(0)
    expect(stdout).not.toContain('horse')
    expect(sent()).toEqual({ auth: { ada: 'correct horse' } })
  })

  test('is no argument, and without a terminal the flag is named', async () => {
    expect((await paas('routing:auth ada secret-word')).code).toBe(2)
    const { code, stderr } = await paas('routing:auth ada')
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('--password-stdin') })
    expect(desk.box.requests).toEqual([])
  })

  test('is taken away with its name, and whoever takes the last one is warned', async () => {
    const { stderr } = await paas('routing auth remove ada')
    expect(sent()).toEqual({ auth: { ada: null } })
    expect(stderr).toContain('everybody gets in')
  })
})

test('headers are set, shown and taken away', async () => {
  const args = ['routing:headers', 'X-Robots-Tag=noindex, nofollow', 'x-a=b=c', '-a', 'shop']
  expect((await desk.cli.run(args)).code).toBe(0)
  expect(sent()).toEqual({ headers: { 'x-robots-tag': 'noindex, nofollow', 'x-a': 'b=c' } })
  expect((await paas('routing:headers')).stdout).toBe('x-robots-tag: noindex, nofollow\nx-a: b=c\n')
  await paas('routing:headers:remove x-a')
  expect(sent()).toEqual({ headers: { 'x-a': null } })
  expect((await paas('routing:headers x-a')).code).toBe(2)
})

test('a page is sent as the file has it, and taken away', async () => {
  const file = join(desk.cli.work, 'back-soon.html')
  await writeFile(file, '<h1>Back soon</h1>\n')
  await paas(`routing:page maintenance ${file}`)
  expect(sent()).toEqual({ maintenancePage: '<h1>Back soon</h1>\n' })
  expect((await paas('routing')).stdout).toMatch(/^maintenance-page +own, 19 B +none$/m)
  await paas('routing page remove error')
  expect(sent()).toEqual({ errorPage: null })
  expect((await paas(`routing:page front ${file}`)).code).toBe(2)
})

test('paths are listed, added and removed by host and prefix', async () => {
  expect((await paas('routing:paths')).stdout).toBe(
    'PATH               APP   PREFIX\nwww.shop.com/blog  blog  stripped\n',
  )
  expect((await paas('routing:paths:add www.shop.com/api/v1 --strip')).code).toBe(0)
  expect(desk.box.requestsOf('paths.add').at(-1)?.body).toEqual({
    host: 'www.shop.com',
    prefix: '/api/v1',
    strip: true,
  })
  await paas('routing:paths:remove www.shop.com/api/v1')
  expect(desk.box.requestsOf('paths.remove').at(-1)?.params).toEqual({ app: 'shop', path: 'www.shop.com/api/v1' })
  for (const path of ['www.shop.com', 'https://www.example.com/x', 'www.shop.com/']) {
    expect((await paas(`routing:paths:add ${path}`)).code).toBe(2)
  }
})
