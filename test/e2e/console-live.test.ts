import { get } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LocalBox } from '../../scripts/local-box.ts'
import { SampleApp } from '../../scripts/sample-app.ts'
import { TABS } from '../../web/src/apps/tabs.ts'
import { Desk } from './browser.ts'

const PASSWORD = 'correct horse battery'
const app = { params: { app: 'shop' } }

/** How much of the page moved, and how far, without anybody having done anything. */
const SHIFT = `new Promise((resolve) => {
  let sum = 0
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value
  }).observe({ type: 'layout-shift', buffered: true })
  setTimeout(() => resolve(sum), 300)
})`

const FOCUSED = `(() => {
  const element = document.activeElement
  const seen = getComputedStyle(element).outlineStyle !== 'none' || element.tabIndex < 0
  return [element.ariaLabel ?? element.innerText, seen]
})()`

let box: LocalBox
let desk: Desk
/** Addresses that the page asked for. */
const asked: string[] = []

beforeAll(async () => {
  box = await LocalBox.start({ engine: 'embedded' })
  await box.client().call('password.set', { body: { password: PASSWORD } })
  await (await SampleApp.create(box, 'shop')).deploy()
  desk = await Desk.open(box.apiUrl)
  desk.page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  await go('/')
  await desk.page.getByLabel('User').fill('owner')
  await desk.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await button('Sign in').click()
  await see('shop.localhost')
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
const poll = <Value>(value: () => Value | Promise<Value>, timeout = 60_000) => expect.poll(value, { timeout })
const see = async (text: string | RegExp) => await desk.page.getByText(text).first().waitFor()

test('what others do is on the screen without a reload: apps, domains, formation, config', async () => {
  await box.client().call('apps.create', { body: { name: 'blog' } })
  await link('blog').waitFor()
  await link('shop').click()
  await link('Domains').click()
  await see('shop.localhost')
  await box.client().call('domains.add', { ...app, body: { host: 'live.shop.test' } })
  await desk.page.locator('.domain-host', { hasText: 'live.shop.test' }).waitFor()
  await link('Resources').click()
  await see('web.1')
  await box.client().call('formation.scale', { ...app, body: { changes: [{ type: 'web', quantity: 2 }] } })
  await see('web.2')
  await poll(() => desk.page.getByLabel('Instances of web').inputValue()).toBe('2')
  await link('Config').click()
  await see('No config vars yet')
  await box.client().call('config.update', { ...app, body: { vars: { GREETING: 'hello' } } })
  await see('GREETING')
  await link('Releases').click()
  await poll(() => desk.page.locator('#v2').textContent()).toContain('current')
  await box.client().call('apps.destroy', { params: { app: 'blog' }, query: { confirm: 'blog' } })
  await link('Apps').click()
  await poll(() => link('blog').count()).toBe(0)
})

test('all that came on one line, and nothing was asked every few seconds beside it', async () => {
  expect(asked.filter((path) => path === '/api/v1/events')).toHaveLength(1)
  asked.length = 0
  await link('shop').click()
  await link('Domains').click()
  await see('live.shop.test')
  const times = () => asked.filter((path) => path === '/api/v1/apps/shop/domains').length
  const before = times()
  await box.client().call('domains.remove', { params: { app: 'shop', host: 'live.shop.test' } })
  await poll(() => desk.page.getByText('live.shop.test').count()).toBe(0)
  expect(times() - before).toBeLessThanOrEqual(2)
})

test('a box that was away is found again, with what changed meanwhile', async () => {
  await box.stopServer()
  await see(/The box does not answer since/)
  await box.startServer()
  await see('The box answers again.')
  await box.client().call('domains.add', { ...app, body: { host: 'back.shop.test' } })
  await see('back.shop.test')
})

/** What the router writes into the log of the app. */
async function visit(path: string, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const headers = { host: 'shop.localhost' }
    get({ host: '127.0.0.1', port: box.ports.http, path: `${path}/${n}`, headers }, (response) => {
      response.resume().once('end', resolve)
    }).once('error', reject)
    await promise
  }
}
const logLine = (text: string) => desk.page.getByRole('log').locator('.line', { hasText: text })

test('a line has a link that leads to it after a reload, with what came before it', async () => {
  await visit('/first', 150)
  await go('/apps/shop/logs')
  await logLine('/first/149').waitFor()
  await logLine('/first/149').locator('.line-at').click()
  await desk.page.locator('.line-marked', { hasText: '/first/149' }).waitFor()
  const address = desk.page.url()
  expect(address).toMatch(/\/logs\?after=[\d.]+#[\d.]+$/)
  await visit('/second', 150)
  await desk.page.reload()
  await desk.page.locator('.line-marked', { hasText: '/first/149' }).waitFor()
  await logLine('/first/148').waitFor()
  await logLine('/second/0').waitFor()
  await desk.shoot('logs-line')
  expect(await desk.barriers()).toEqual([])
  expect(desk.page.url()).toBe(address)
})

test('a log is read from a time on', async () => {
  const second = Math.ceil(Date.now() / 1_000) * 1_000
  await poll(() => Date.now()).toBeGreaterThan(second)
  await visit('/third', 40)
  await desk.page.getByLabel('Time').fill(new Date(second).toISOString().slice(0, 19))
  await button('Jump').click()
  // Or what an old instance says at its end at that moment.
  await desk.page.locator('.line-marked').waitFor()
  await logLine('/third/0').waitFor()
  await logLine('/second/149').waitFor()
  await desk.page.reload()
  await desk.page.locator('.line-marked').waitFor()
  await logLine('/third/0').waitFor()
  await link('Live').click()
  await logLine('/third/39').waitFor()
})

test('who scrolls up is left in peace, and told how much is new', async () => {
  await see(/^[1-9]\d+ lines$/)
  await desk.page.getByRole('log').hover()
  await desk.page.mouse.wheel(0, -10)
  await button(/^Follow/).click()
  await poll(() => button(/^Follow/).count()).toBe(0)
  await desk.page.getByRole('log').focus()
  await desk.page.keyboard.press('Home')
  await button(/^Follow/).waitFor()
  await visit('/fourth', 5)
  await button(/^Follow, [5-9] new$/).click()
  await logLine('/fourth/4').waitFor()
  await poll(() => button(/^Follow/).count()).toBe(0)
})

const point = () => desk.page.getByRole('slider', { name: 'Time in Memory' })

test('charts are zoomed by keys and by dragging, all at once, and the range lives in the link', async () => {
  // Two points at the least: one comes every ten seconds.
  const measured = async () =>
    (await box.client().call('metrics.read', { ...app, query: { since: '15m' } })).points.length
  await poll(measured, 120_000).toBeGreaterThan(2)
  await go('/apps/shop/metrics?since=15m')
  await point().focus()
  await desk.page.keyboard.press('ArrowLeft')
  await poll(() => desk.page.locator('.chart-cursor').count()).toBe(4)
  expect(await point().getAttribute('aria-valuetext')).toMatch(/^\d\d:\d\d: web\.1 [\d.]+ MB/)
  await desk.page.keyboard.press('Shift+ArrowLeft')
  await desk.shoot('metrics-chosen')
  await desk.page.keyboard.press('Enter')
  await see('Log of this time')
  const address = new URL(desk.page.url())
  const span = Date.parse(address.searchParams.get('to') ?? '') - Date.parse(address.searchParams.get('from') ?? '')
  expect(span).toBeGreaterThanOrEqual(30_000)
  expect(span).toBeLessThanOrEqual(60_000)
  await desk.page.reload()
  await see('Log of this time')
  await button('Zoom out').click()
  await poll(() => desk.page.url()).not.toBe(address.href)
  await desk.page.goBack()
  await link('15m').click()
  await poll(() => desk.page.getByText('Zoom out').count()).toBe(0)
  const area = await point().boundingBox()
  const [left = 0, top = 0] = [area?.x, area?.y]
  await desk.page.mouse.move(left + 10, top + 20)
  await desk.page.mouse.down()
  await desk.page.mouse.move(left + (area?.width ?? 0) - 5, top + 20, { steps: 4 })
  await desk.page.mouse.up()
  await see('Log of this time')
  await desk.page.getByText('As a table').click()
  await desk.page.getByRole('columnheader', { name: 'Until' }).waitFor()
  await desk.shoot('metrics-zoomed')
  expect(await desk.barriers()).toEqual([])
})

/** What has the focus, in words; each that does not show it is remembered. */
const unseen: string[] = []
async function focused(): Promise<string> {
  const [name, seen] = (await desk.page.evaluate(FOCUSED)) as [string, boolean]
  if (!seen) unseen.push(name)
  return name.trim()
}
async function tabTo(name: RegExp): Promise<void> {
  for (let n = 0; n < 60; n += 1) {
    await desk.page.keyboard.press('Tab')
    if (name.test(await focused())) return
  }
  throw new Error(`Tab never came to ${name}`)
}

test('everything goes by keys: the focus is seen, goes to the heading of a new page, and back where a dialog was opened', async () => {
  await go('/')
  await link('shop').waitFor()
  const { keyboard } = desk.page
  await keyboard.press('Tab')
  expect(await focused()).toBe('Skip to the content')
  await tabTo(/^Create app$/)
  await keyboard.press('Enter')
  await poll(focused).not.toBe('Create app')
  await keyboard.press('Escape')
  await poll(focused).toBe('Create app')
  await tabTo(/^shop$/)
  await keyboard.press('Enter')
  await poll(() => desk.page.evaluate('document.activeElement.tagName')).toBe('H1')
  expect(await focused()).toBe('shop')
  await tabTo(/^Resources$/)
  await keyboard.press('Enter')
  await see('web.1')
  await tabTo(/^One web less$/)
  await keyboard.press('Enter')
  await tabTo(/^Apply$/)
  await keyboard.press('Enter')
  await see('Scaled to web=1.')
  await tabTo(/^Undo$/)
  await keyboard.press('Enter')
  await poll(() => desk.page.getByLabel('Instances of web').inputValue()).toBe('2')
  await keyboard.press('Control+k')
  await desk.page.getByRole('combobox', { name: 'Go to' }).waitFor()
  await keyboard.type('account')
  await keyboard.press('Enter')
  await see('SSH keys')
  await poll(() => desk.page.evaluate('document.activeElement.tagName')).toBe('H1')
  expect(unseen).toEqual([])
})

test('what was done to domains and config vars can be taken back', async () => {
  await go('/apps/shop/domains')
  await desk.page.locator('li', { hasText: 'back.shop.test' }).getByRole('button', { name: 'Remove' }).click()
  await see('Removed back.shop.test.')
  await desk.shoot('undo')
  await desk.page.locator('.toast').getByRole('button', { name: 'Undo' }).click()
  await desk.page.locator('.domain-host', { hasText: 'back.shop.test' }).waitFor()
  await poll(() => button('Undo').count()).toBe(0)
  await link('Config').click()
  await button('Show values').click()
  await desk.page.getByLabel('Value of GREETING').fill('good evening')
  await desk.page.keyboard.press('Enter')
  await button('Apply').click()
  await desk.page.locator('.toast').getByRole('button', { name: 'Undo' }).click()
  await poll(async () => (await box.client().call('config.list', app)).vars).toEqual({ GREETING: 'hello' })
})

test('a part that fails says so, and leaves the rest of the console as it is', async () => {
  await desk.page.route('**/apps/shop/activity?*', (route) => route.fulfill({ json: { items: null, next: null } }))
  await go('/apps/shop/activity')
  await see('This part of the console failed')
  await see(/^The last answer was that of request [\w-]{8,}/)
  await desk.shoot('guard')
  expect(await desk.barriers()).toEqual([])
  await desk.page.unrouteAll()
  await link('Domains').click()
  await see('back.shop.test')
  expect(desk.errors.splice(0).join()).toContain('null')
})

test('nothing jumps while a page comes', async () => {
  const jumps: Record<string, number> = {}
  for (const path of ['/', '/box', '/account', ...TABS.map(({ id }) => `/apps/shop/${id}`)]) {
    await go(path)
    await desk.page.locator('main h1').waitFor()
    await poll(() => desk.page.locator('.waiting').count()).toBe(0)
    jumps[path] = Math.round(((await desk.page.evaluate(SHIFT)) as number) * 1_000) / 1_000
  }
  // What Web Vitals calls good.
  expect(Object.entries(jumps).filter(([, shift]) => shift > 0.1)).toEqual([])
})

test('no page failed, broke the policy, or asked anything of anybody else', () => {
  expect(desk.errors).toEqual([])
  expect(desk.foreign).toEqual([])
})
