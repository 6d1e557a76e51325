import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { firstLoadKb } from '../../bench/console.ts'
import { LocalBox } from '../../scripts/local-box.ts'
import { SampleApp } from '../../scripts/sample-app.ts'
import { Desk } from './browser.ts'

const PASSWORD = 'correct horse battery'

let box: LocalBox
let desk: Desk
let shop: SampleApp

/** Tests stand in the order of a box's first day in a browser. */
beforeAll(async () => {
  box = await LocalBox.start({ engine: 'embedded' }, null)
  desk = await Desk.open(box.apiUrl)
})
afterAll(async () => {
  await desk?.[Symbol.asyncDispose]()
  await box?.[Symbol.asyncDispose]()
})

const go = async (path: string) => {
  await desk.page.goto(`${box.apiUrl}${path}`)
}
const button = (name: string | RegExp) => desk.page.getByRole('button', { name, exact: true })
const link = (name: string | RegExp) => desk.page.getByRole('link', { name, exact: true })
const see = async (text: string | RegExp) => await desk.page.getByText(text).first().waitFor()
const look = async (name: string) => await desk.look(name)

test('the link that the box printed leads to a form that makes its owner', async () => {
  await go(`/#claim=${box.claim}`)
  await desk.page.getByLabel('Your user name').fill('ada')
  await desk.page.getByLabel('A password').fill('short')
  await see('7 more characters')
  await look('set-up')
  await desk.page.getByLabel('A password').fill(PASSWORD)
  await button('Claim the box').click()
  await see('No app yet: push one')
  expect(desk.page.url()).toBe(`${box.apiUrl}/`)
  await look('home-empty')
  const [cookie] = await desk.cookies()
  expect(cookie).toMatchObject({ name: `paas-${box.ports.api}`, httpOnly: true, sameSite: 'Lax' })
})

test('a key is added, an app is made, and its page says how to push', async () => {
  const key = await box.makeKey('ed25519')
  await link('Account').click()
  await desk.page.getByLabel('Public key').fill(await readFile(`${key}.pub`, 'utf8'))
  await button('Add key').click()
  await see(/^SHA256:/)
  await look('account')

  await link('Apps').click()
  await link('Create app').click()
  await desk.page.getByLabel('Name').fill('shop')
  await look('create')
  await button('Create').click()
  await desk.page.getByText('In the git repository of the app:').waitFor()
  await look('app-blank')
})

test('a push is watched from its build to the moment it is live', async () => {
  shop = await SampleApp.create(box, 'shop')
  const pushed = shop.deploy()
  await desk.page.locator('.rows a').first().click()
  await desk.page.getByRole('log', { name: 'Output of the build' }).getByText('Detected').first().waitFor()
  await pushed
  await see('v1 is live.')
  await see(/^succeeded$/)
  await look('build')
  await link('Overview').click()
  await see('web.1')
  await see(/^running$/)
  await look('overview')
})

test('a build is canceled from its page, and what served serves on', async () => {
  const manifest = JSON.parse(await readFile(join(shop.directory, 'package.json'), 'utf8')) as { scripts: object }
  const slow = { ...manifest, scripts: { ...manifest.scripts, build: 'echo compiling; sleep 600' } }
  await writeFile(join(shop.directory, 'package.json'), JSON.stringify(slow))
  await shop.commit('a build without an end')
  const pushed = shop.push()
  await link('Builds').click()
  const slowBuild = desk.page.locator('.rows li', { hasText: /running|queued/ })
  await slowBuild.getByRole('link').first().click()
  await desk.page.getByRole('log', { name: 'Output of the build' }).getByText('compiling', { exact: true }).waitFor()
  await look('build-running')
  await button('Cancel').click()
  await desk.page.locator('.build-head .state', { hasText: 'canceled' }).waitFor()
  expect(await button('Cancel').count()).toBe(0)
  expect((await pushed).stderr).toContain('Canceled by ada.')
  await look('build-canceled')
  await shop.git('reset', '-q', '--hard', 'HEAD~1')
  await link('Releases').click()
  await expect.poll(() => desk.page.locator('#v1').textContent()).toContain('current')
})

test('config is edited, reviewed and applied as one release, and values are shown when asked for', async () => {
  await link('Config').click()
  await see('No config vars yet')
  const name = desk.page.getByLabel('Name of the new config var')
  const value = desk.page.getByLabel('Value of the new config var')
  for (const [each, text] of [
    ['GREETING', 'hello'],
    ['API_KEY', 'secret-0123456789'],
  ] as const) {
    await name.fill(each)
    await value.fill(text)
    await button('Stage').click()
  }
  await name.fill('1BAD')
  await see(/Use letters, digits and _/)
  await name.fill('')
  await see('Review 2 edits')
  await look('config-review')
  await button('Apply').click()
  await see('v2 is live.')
  await see('API_KEY')
  expect(await desk.page.content()).not.toContain('secret-0123456789')
  await button('Show values').click()
  await expect.poll(() => desk.page.getByLabel('Value of API_KEY').inputValue()).toBe('secret-0123456789')
  await look('config')
})

test('it is scaled up, and the instances are on the screen', async () => {
  await link('Resources').click()
  await button('One web more').click()
  await see('paas scale web=2 -a shop')
  await button('Apply').click()
  await see('web.2')
  await look('resources')
})

test('the log is followed, filtered, and a line has a link of its own', async () => {
  await fetch(`http://127.0.0.1:${box.ports.http}/`, { headers: { host: 'shop.localhost' } }).catch(() => undefined)
  await link('Logs').click()
  await see(/\d+ lines/)
  const log = desk.page.getByRole('log')
  await log.getByText('web.1').first().waitFor()
  await look('logs')
  await desk.page.getByLabel('Filter by process').selectOption('web')
  await see(/\d+ of \d+ lines/)
  await desk.page.getByLabel('Filter by process').selectOption('')
  const address = await log.locator('.line-at').nth(3).getAttribute('href')
  await go(address ?? '')
  await desk.page.locator('.line-marked').waitFor()
})

test('what it serves and takes is drawn, with its deploys', async () => {
  await link('Metrics').click()
  await see('Requests a second')
  await desk.page.getByRole('img', { name: /^Memory: web\.1 [\d.]+ MB/ }).waitFor()
  await see(/upright lines are deploys: .*v1/)
  await look('metrics')
  await link('15m').click()
  await see('paas metrics --since 15m -a shop')
})

test('an earlier release is gone back to', async () => {
  await link('Releases').click()
  const first = desk.page.locator('#v1')
  await first.getByRole('button', { name: 'Roll back to here' }).click()
  await see('v3 is live.')
  await expect.poll(() => desk.page.locator('#v3').textContent()).toContain('current')
  await look('releases')
})

test('host names are added and checked', async () => {
  await link('Domains').click()
  await desk.page.getByLabel('Host name').fill('www.shop.test')
  await button('Add host name').click()
  const domain = desk.page.locator('.domains li', { hasText: 'www.shop.test' })
  await domain.getByText('served over plain HTTP, without a certificate').waitFor()
  await domain.getByRole('button', { name: 'Check' }).click()
  await domain.getByText('This router serves plain HTTP alone.').waitFor()
  await look('domains')
})

test('while a certificate waits, where its name leads is looked at again and again', async () => {
  const waiting = { name: 'www.shop.test', names: ['www.shop.test'], source: 'auto', state: 'waiting', reason: '' }
  const nothing = { nextTryAt: null, issuer: null, notAfter: null, alarm: null }
  const { page } = desk
  await page.route('**/apps/shop/certs', (route) =>
    route.fulfill({ json: { items: [{ ...waiting, ...nothing }], next: null } }),
  )
  let reason = 'The name leads nowhere yet.'
  await page.route('**/domains/www.shop.test/check', (route) =>
    route.fulfill({ json: { name: 'www.shop.test', ready: reason === '', reason, addresses: [] } }),
  )
  await page.reload()
  await see('The name leads nowhere yet.')
  reason = ''
  await page.getByText('A certificate could be ordered now.').waitFor({ timeout: 90_000 })
  await page.unrouteAll()
})

test('every place is a few letters away', async () => {
  await desk.page.keyboard.press('Control+k')
  await desk.page.getByRole('combobox').fill('acti')
  await look('palette')
  await desk.page.keyboard.press('Enter')
  await see('release.rollback')
  await look('activity')
  await link('Builds').click()
  await see('became v1')
  await look('builds')
  await link('Box').click()
  await see('It does not isolate')
  await see('This box has no TLS port')
  await look('box')
  await link('Apps').click()
  await see('shop.localhost')
  await look('home')
})

test('what happened everywhere is on one page, by app, who and kind', async () => {
  await link('All activity').click()
  await see('box.claim')
  await see('release.rollback')
  await look('activity-all')
  await desk.page.getByLabel('App', { exact: true }).selectOption('shop')
  await desk.page.getByLabel('Kind').selectOption('release')
  await expect.poll(() => desk.page.locator('.activity-action').allTextContents()).toEqual(['release.rollback'])
  await go('/activity?by=nobody')
  await see('Nothing like that')
})

test('an error says what happened, the way out, and the request', async () => {
  await go('/apps/nowhere')
  await see(/There is no app nowhere/)
  await see(/^Request /)
  await look('error')
})

test('while the box does not answer the console says so, and goes on by itself', async () => {
  await go('/')
  await see('shop')
  await box.stopServer()
  await see(/The box does not answer since/)
  await desk.shoot('silent')
  await link('Account').click()
  await see('The box does not answer.')
  await box.startServer()
  await see('SSH keys')
  await expect.poll(() => desk.page.getByText('The box does not answer since').count(), { timeout: 60_000 }).toBe(0)
})

test('an app is destroyed by its name, after the password when it was given long ago', async () => {
  const { DatabaseSync } = await import('node:sqlite')
  const db = new DatabaseSync(`${box.data}/paas.db`)
  db.prepare('UPDATE sessions SET confirmed_at = 0').run()
  db.close()
  await go('/apps/shop/settings')
  await look('settings')
  await desk.page.getByLabel('Type shop to destroy it').fill('sho')
  expect(await button('Destroy shop').isDisabled()).toBe(true)
  await desk.page.getByLabel('Type shop to destroy it').fill('shop')
  await button('Destroy shop').click()
  await desk.page.getByRole('dialog').getByLabel('Password', { exact: true }).fill('wrong')
  await button('Go on').click()
  await see('This is not your password.')
  await look('password')
  await desk.page.getByRole('dialog').getByLabel('Password', { exact: true }).fill(PASSWORD)
  await button('Go on').click()
  await see('No app yet: push one')
})

test('who signs out is out, and comes in again with the password', async () => {
  await button('Sign ada out').click()
  await desk.page.getByRole('heading', { name: 'Sign in' }).waitFor()
  expect(await desk.cookies()).toEqual([])
  await look('sign-in')
  await desk.page.getByLabel('User').fill('ada')
  await desk.page.getByLabel('Password', { exact: true }).fill('wrong')
  await button('Sign in').click()
  await see('There is no user with this name and password.')
  await desk.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await button('Sign in').click()
  await see('No app yet: push one')
})

test('a first visit brings 170 kB at most', () => {
  expect(firstLoadKb()).toBeLessThanOrEqual(170)
})

test('axe finds nothing serious on any screen, in light and dark', () => {
  expect(desk.serious).toEqual([])
})

test('no page failed, broke the policy, or asked anything of anybody else', () => {
  expect(desk.errors).toEqual([])
  expect(desk.foreign).toEqual([])
})
