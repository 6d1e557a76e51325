import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LocalBox } from '../../scripts/local-box.ts'
import { Person, Transcript } from './person.ts'

let box: LocalBox
let ada: Person

/** Tests stand in the order of a box's first day: it is claimed in the second. */
beforeAll(async () => {
  box = await LocalBox.start({ engine: 'embedded' }, null)
  ada = await Person.arrive(box, 'ada')
})
afterAll(async () => {
  await box?.[Symbol.asyncDispose]()
})

const claim = (secret: string) => ada.paas(['login', box.apiUrl, '--claim', '-', '--user', 'ada'], { stdin: secret })

test('a hundred wrong claim secrets end in a limit, and nobody has the box', async () => {
  const unclaimed = await ada.paas(['login', box.apiUrl], { stdin: 'paas_a_guess' })
  expect(unclaimed).toMatchObject({ code: 4, stderr: expect.stringContaining('Nobody has claimed this box yet') })

  const wrong = await claim('not-the-secret')
  expect(wrong.code).toBe(4)
  expect(wrong.stderr).toMatch(/secret/)
  const guess = (n: number) => box.client('').call('box.claim', { body: { secret: `guess-${n}`, user: 'eve' } })
  const answers = await Promise.allSettled(Array.from({ length: 98 }, (_, n) => guess(n)))
  const codes = answers.map((one) => (one.status === 'rejected' ? one.reason.problem.code : 'claimed'))
  expect(codes.filter((code) => code === 'claim.wrong')).toHaveLength(9)
  expect(codes.filter((code) => code === 'claim.limited')).toHaveLength(89)
  const limited = await claim('not-the-secret')
  expect(limited.code).toBe(75)

  expect((await claim(box.claim ?? '')).code).toBe(75)
  expect(await box.client('').call('box.hello')).toMatchObject({ claimed: false })
  await box.stopServer()
  await box.startServer()
})

test('the first user claims the box with its secret, once', async () => {
  const claimed = await claim(box.claim ?? '')
  expect(claimed).toMatchObject({ code: 0, stdout: '' })
  expect(claimed.stderr).toContain(`Signed in to ${box.apiUrl} as ada.`)
  expect((await stat(ada.credentialsFile)).mode & 0o777).toBe(0o600)
  expect(await ada.done('whoami')).toBe('ada\n')

  const again = await claim(box.claim ?? '')
  expect(again.code).toBe(1)
  expect(again.stderr).toContain('This box has an owner already')
})

test('a token signs in on another machine; a wrong one does not and leaves nothing behind', async () => {
  const laptop = await Person.arrive(box, 'laptop')
  const bad = await laptop.paas(['login', box.apiUrl], { stdin: 'paas_token_0_guess\n' })
  expect(bad).toMatchObject({ code: 4, stderr: expect.stringContaining('not valid') })
  expect((await laptop.paas('apps')).code).toBe(4)

  const secret = await ada.done(['tokens:create', 'my laptop', '--scope', 'deploy', '--days', '30'])
  expect((await laptop.paas(['login', box.apiUrl], { stdin: secret })).code).toBe(0)
  expect(await laptop.json('users.me', 'whoami')).toMatchObject({ name: 'ada', boxOwner: true })
  expect((await laptop.paas('keys:add')).stderr).toContain('This needs a token with scope admin')

  const { stderr } = await laptop.paas('logout')
  expect(stderr).toContain(`Signed out of ${box.apiUrl}`)
  const out = await laptop.paas('whoami')
  expect(out.code).toBe(4)
  expect(out.stderr).toContain('paas login')
})

test('a password for the console is set with a token, read from standard input', async () => {
  const set = await ada.paas('password:set --stdin', { stdin: 'correct horse battery\n' })
  expect(set).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('other browsers are signed out') })
  const entered = await fetch(`${box.apiUrl}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: 'ada', password: 'correct horse battery' }),
  })
  expect(entered.status).toBe(201)
  const short = await ada.paas('password:set --stdin', { stdin: 'short' })
  expect(short).toMatchObject({ code: 2, stderr: expect.stringContaining('at least 12 characters') })
})

test('at a terminal the token is asked for, and not shown', async () => {
  const desk = await Person.arrive(box, 'desk')
  const secret = (await ada.done('tokens:create desk')).trim()
  const child = desk.startOnTerminal(['login', box.apiUrl])
  const session = new Transcript(child)
  await expect.poll(() => session.text).toContain('Token: ')
  child.stdin?.write(`${secret}\r`)
  expect(await session.ended).toBe(0)
  expect(session.text).toContain('as ada.')
  expect(session.text).not.toContain(secret)
  expect(await desk.done('whoami')).toBe('ada\n')
})

test('a token from the environment is enough for a script', async () => {
  const env = { PAAS_HOST: box.apiUrl, PAAS_TOKEN: await ada.token() }
  const robot = await Person.arrive(box, 'robot')
  expect(await robot.done('whoami', { env })).toBe('ada\n')
  expect((await robot.paas('whoami', { env: { ...env, PAAS_TOKEN: 'paas_token_0_guess' } })).code).toBe(4)
})

test('a revoked token is worth nothing at once', async () => {
  const { id, secret } = await ada.json('tokens.create', 'tokens:create ci')
  const env = { PAAS_HOST: box.apiUrl, PAAS_TOKEN: secret }
  expect((await ada.paas('apps', { env })).code).toBe(0)
  expect((await ada.paas(['tokens:revoke', id])).stderr).toContain('done')
  const after = await ada.paas('apps', { env })
  expect(after).toMatchObject({ code: 4, stdout: '' })
  expect(after.stderr).toContain('revoked')
  expect((await ada.paas(['tokens:revoke', id])).code).toBe(5)
  expect((await ada.json('tokens.list', 'tokens')).items.map((token) => token.id)).not.toContain(id)
})

test('logout --revoke takes the token with it', async () => {
  const guest = await Person.arrive(box, 'guest')
  const secret = (await ada.done('tokens:create guest')).trim()
  await guest.done(['login', box.apiUrl], { stdin: secret })
  await guest.done('logout --revoke')
  expect((await guest.paas('apps', { env: { PAAS_HOST: box.apiUrl, PAAS_TOKEN: secret } })).code).toBe(4)
})

test('an expired token says since when', async () => {
  const { id, secret } = await ada.json('tokens.create', 'tokens:create old')
  await box.stopServer()
  const db = new DatabaseSync(join(box.data, 'paas.db'))
  db.prepare('UPDATE tokens SET expires_at = ? WHERE id = ?').run(Date.UTC(2026, 0, 2), id)
  db.close()
  await box.startServer()
  const { code, stderr } = await ada.paas('apps', { env: { PAAS_HOST: box.apiUrl, PAAS_TOKEN: secret } })
  expect(code).toBe(4)
  expect(stderr).toMatch(/"old" expired on 2026-01-02/)
})

test('keys are added, listed and removed; adding one again changes nothing', async () => {
  const added = await ada.paas('keys:add')
  expect(added).toMatchObject({ code: 0, stderr: expect.stringContaining('SHA256:') })
  expect((await ada.paas('keys:add')).code).toBe(0)
  expect((await ada.json('keys.list', 'keys')).items).toMatchObject([{ type: 'ssh-ed25519', comment: 'ada@laptop' }])
  expect(await ada.done('keys')).toContain('ada@laptop')

  const secret = await ada.paas(['keys:add', ada.key])
  expect(secret).toMatchObject({ code: 2, stderr: expect.stringContaining('It was not sent') })
  expect((await ada.paas('keys:add -', { stdin: 'no key' })).code).toBe(2)
  await ada.done('keys:remove ada@laptop')
  expect((await ada.paas('keys')).stderr).toContain('You have no SSH keys here')
  expect((await ada.paas('keys:remove ada@laptop')).code).toBe(5)
})

test('a box that is away is a failure to try again, not a sign-out', async () => {
  await box.stopServer()
  const { code, stderr } = await ada.paas('apps')
  await box.startServer()
  expect(code).toBe(75)
  expect(stderr).toMatch(/No answer from .*ECONNREFUSED/)
  expect((await ada.paas('apps')).code).toBe(0)
})

test('no secret that was used here is in the log of the server', async () => {
  const log = await box.serverLog()
  for (const secret of [box.claim ?? 'none', await ada.token()]) expect(log).not.toContain(secret)
})
