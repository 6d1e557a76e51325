import { mkdtempDisposableSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Database } from '../db/database.ts'
import { Claims } from './claims.ts'
import { deviceName } from './device.ts'
import { matchesPassword, passwordText } from './password-text.ts'
import { Passwords } from './passwords.ts'
import { Sessions } from './sessions.ts'
import { SignIn } from './sign-in.ts'
import { networkOf, SignInLimits } from './sign-in-limits.ts'
import { Tokens } from './tokens.ts'
import { Users } from './users.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const PASSWORD = 'correct horse battery'
const HOME = { device: 'Firefox on Linux', address: '192.0.2.7' }

let directory: ReturnType<typeof mkdtempDisposableSync>
let db: Database
let now: number
let users: Users
let sessions: Sessions
let claims: Claims
let signIn: SignIn
beforeEach(() => {
  directory = mkdtempDisposableSync(join(tmpdir(), 'paas-sign-in-'))
  db = Database.open(join(directory.path, 'paas.db'))
  now = Date.parse('2026-01-01T00:00:00Z')
  users = new Users(db)
  claims = new Claims(db, users, new Tokens(db), () => now)
  sessions = new Sessions(db, () => now)
  signIn = new SignIn({ users, claims, sessions, passwords: new Passwords(db, () => now), now: () => now })
})
afterEach(() => {
  db[Symbol.dispose]()
  directory.remove()
})

const failing = (code: string) => expect.objectContaining({ code })
const enter = (password = PASSWORD, from = HOME, name = 'ann') => signIn.signIn({ name, password }, from)

async function ann() {
  const user = users.create('ann', { boxOwner: true })
  await signIn.setPassword(user, { password: PASSWORD, current: undefined, session: undefined }, HOME.address)
  return user
}

describe('a password', () => {
  test('is stored as argon2id with its parameters, and never twice the same', async () => {
    const [one, other] = [await passwordText(PASSWORD), await passwordText(PASSWORD)]
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(one).not.toBe(other)
    expect(await matchesPassword(PASSWORD, one)).toBe(true)
    expect(await matchesPassword(`${PASSWORD} `, one)).toBe(false)
  })

  test('is the same however its accents are typed', async () => {
    expect(
      await matchesPassword('caf\u00e9 au lait, s\u2019il', await passwordText('cafe\u0301 au lait, s\u2019il')),
    ).toBe(true)
  })

  test('matches nothing that is no hash of ours', async () => {
    expect(await matchesPassword('', '')).toBe(false)
    expect(await matchesPassword('x', 'x')).toBe(false)
  })
})

describe('signing in', () => {
  test('by the claim secret makes the owner of the box, once', async () => {
    const secret = claims.issue()
    const credentials = { name: 'olga', password: PASSWORD }
    await expect(signIn.setUp('guess', credentials, HOME)).rejects.toThrow(failing('claim.wrong'))
    const { user, opened } = await signIn.setUp(secret, credentials, HOME)
    expect(user).toMatchObject({ name: 'olga', boxOwner: true })
    expect(sessions.authenticate(opened.secret)?.user?.name).toBe('olga')
    await expect(signIn.setUp(secret, credentials, HOME)).rejects.toThrow(failing('claim.taken'))
  })

  test('takes the right password only, and says the same for a name that is not there', async () => {
    await ann()
    users.create('bob', { boxOwner: false })
    const { opened } = await enter()
    expect(sessions.authenticate(opened.secret)).toMatchObject({
      user: { name: 'ann' },
      scope: 'admin',
      via: 'console',
    })
    for (const attempt of [() => enter('wrong'), () => enter('wrong', HOME, 'eve'), () => enter('', HOME, 'bob')]) {
      await expect(attempt()).rejects.toThrow(failing('session.wrong'))
    }
  })

  test('after ten wrong passwords from home waits an hour, or for a password set with a token', async () => {
    const user = await ann()
    await enter()
    for (let n = 0; n < 10; n += 1) await expect(enter('wrong')).rejects.toThrow(failing('session.wrong'))
    await expect(enter()).rejects.toThrow(failing('session.limited'))
    await signIn.setPassword(
      user,
      { password: 'another good one', current: undefined, session: undefined },
      HOME.address,
    )
    expect((await enter('another good one')).user.name).toBe('ann')
  })
})

describe('a session', () => {
  test('ends after 12 hours without use, and after 14 days in any case', async () => {
    await ann()
    const { opened } = await enter()
    now += 12 * HOUR - 1
    expect(sessions.authenticate(opened.secret)).toBeDefined()
    now += 12 * HOUR
    expect(sessions.authenticate(opened.secret)).toBeUndefined()
    const busy = await enter()
    for (let n = 0; n < 28; n += 1) {
      now += 12 * HOUR - MINUTE
      expect(sessions.authenticate(busy.opened.secret)).toBeDefined()
    }
    now += HOUR
    expect(sessions.authenticate(busy.opened.secret)).toBeUndefined()
  })

  test('is known by its secret only, which the database does not hold', async () => {
    await ann()
    const { opened } = await enter()
    for (const text of ['', opened.id, `${opened.id}_`, `${opened.secret}0`, opened.secret.replace(/.$/, '!')]) {
      expect(sessions.authenticate(text)).toBeUndefined()
    }
    const secret = opened.secret.slice(opened.id.length + 1)
    expect(JSON.stringify(db.all('SELECT * FROM sessions'))).not.toContain(secret)
  })

  test('is confirmed for 10 minutes, and again by the password', async () => {
    const user = await ann()
    const { opened } = await enter()
    const until = () => (sessions.authenticate(opened.secret)?.session?.confirmedUntil ?? 0) - now
    expect(until()).toBe(10 * MINUTE)
    now += 11 * MINUTE
    expect(until()).toBeLessThan(0)
    await expect(signIn.confirm(user, opened.id, 'wrong', HOME.address)).rejects.toThrow(failing('password.wrong'))
    await signIn.confirm(user, opened.id, PASSWORD, HOME.address)
    expect(until()).toBe(10 * MINUTE)
  })

  test('changes the password with the old one, which ends the others', async () => {
    const user = await ann()
    const [here, there] = [await enter(), await enter()]
    const change = (current: string) =>
      signIn.setPassword(user, { password: 'another good one', current, session: here.opened.id }, HOME.address)
    await expect(change('wrong')).rejects.toThrow(failing('password.wrong'))
    await change(PASSWORD)
    expect(sessions.list(user.id).map(({ id }) => id)).toEqual([here.opened.id])
    expect(sessions.authenticate(there.opened.secret)).toBeUndefined()
  })

  test('is ended by its user, not by others', async () => {
    const user = await ann()
    const bob = users.create('bob', { boxOwner: false })
    const { opened } = await enter()
    expect(() => sessions.end(bob.id, opened.id)).toThrow(failing('session.not-found'))
    sessions.end(user.id, opened.id)
    expect(sessions.authenticate(opened.secret)).toBeUndefined()
    expect(() => sessions.end(user.id, opened.id)).toThrow(failing('session.not-found'))
    expect(sessions.knows(user.id, HOME.address)).toBe(true)
    now += 91 * DAY
    expect(sessions.knows(user.id, HOME.address)).toBe(false)
  })
})

describe('the limits', () => {
  const limited = (limits: SignInLimits, address: string, known = false) => {
    try {
      limits.use('ann', address, known)
      return false
    } catch (error) {
      expect(error).toEqual(failing('session.limited'))
      return true
    }
  }

  test('what strangers do wrong keeps strangers out for an hour, not those who live here', () => {
    const limits = new SignInLimits(() => now)
    for (let n = 0; n < 100; n += 1) expect(limited(limits, `198.51.100.${n % 10}`)).toBe(false)
    expect(limited(limits, '203.0.113.1')).toBe(true)
    expect(limited(limits, '203.0.113.1', true)).toBe(false)
    now += HOUR
    expect(limited(limits, '203.0.113.1')).toBe(false)
  })

  test('one address tries ten times for one user, thirty times for all', () => {
    const limits = new SignInLimits(() => now)
    for (let n = 0; n < 10; n += 1) expect(limited(limits, '192.0.2.7')).toBe(false)
    expect(limited(limits, '192.0.2.7')).toBe(true)
    for (const name of ['bob', 'eve']) for (let n = 0; n < 10; n += 1) limits.use(name, '192.0.2.7', false)
    expect(() => limits.use('zoe', '192.0.2.7', false)).toThrow(failing('session.limited'))
    limits.succeeded('bob', '192.0.2.7', false)
    limits.use('zoe', '192.0.2.7', false)
    expect(() => limits.use('zoe', '192.0.2.7', false)).toThrow(failing('session.limited'))
  })

  test('who signs in well between two guesses is not given more of them', () => {
    const limits = new SignInLimits(() => now)
    const guess = (n: number) => {
      limits.use('bob', '192.0.2.7', n > 0)
      limits.succeeded('bob', '192.0.2.7', n > 0)
      limits.use(`user-${n}`, '192.0.2.7', false)
    }
    for (let n = 0; n < 30; n += 1) guess(n)
    expect(() => guess(30)).toThrow(failing('session.limited'))
  })
})

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::6', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
])('%s lies in the network %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

test.each([
  [undefined, 'a program'],
  ['curl/8.1', 'a program'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1',
    'Safari on iPhone',
  ],
  ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0', 'Edge on Windows'],
])('%s is called %s', (userAgent, name) => {
  expect(deviceName(userAgent)).toBe(name)
})
