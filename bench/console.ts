import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Page } from 'playwright-core'
import { LocalBox, ROOT } from '../scripts/local-box.ts'
import { SampleApp } from '../scripts/sample-app.ts'
import { Desk } from '../test/e2e/browser.ts'
import { LINES_PER_SECOND } from './console/chatty.ts'
import { scrollLog } from './console/scroll.ts'
import { type TailFigures, tailLog } from './console/tail.ts'
import { median } from './load.ts'
import { printTable } from './table.ts'

const ROUNDS = 7
const APPS = 1_000
const PASSWORD = 'only for this bench'
/** What is on the screen when a page of an app is there. */
const SCREENS: Record<string, string> = {
  Releases: '.releases li',
  Builds: '.rows li',
  Config: '.vars li, .empty',
  Resources: '.formation li',
  Domains: '.domains li',
  Activity: '.rows li',
  Settings: '.facts dd',
  Overview: 'table td',
}

export type ConsoleFigures = {
  first_load_kb: number
  interactive_ms: number
  screen_ms: number
  home_longest_task_ms: number
  log_fps: number
  log_mb: number
  tail_fps: number
  tail_key_ms: number
  tail_behind_ms: number
  tail_missing: number
  tail_mb: number
}

/** The console in headless Chromium over loopback. */
export async function bench(): Promise<ConsoleFigures> {
  await using box = await LocalBox.start({ engine: 'embedded' })
  await box.client().call('password.set', { body: { password: PASSWORD } })
  await (await SampleApp.create(box, 'shop')).deploy()
  await using desk = await Desk.open(box.apiUrl)
  const { page } = desk
  await signIn(page, box)
  const interactive: number[] = []
  for (let n = 0; n < ROUNDS; n += 1) interactive.push(await untilThere(page, `${box.apiUrl}/`))
  const screens = await timeScreens(page, box)
  const tail = await tailLog(page, box)
  makeApps(box)
  const longest = await longestTask(page, box)
  const { fps, mb } = await scrollLog(page, `${box.apiUrl}/apps/shop/logs`)
  printTable([
    ['', 'each', 'median'],
    ['interactive, ms', interactive.map(Math.round).join(' '), Math.round(median(interactive))],
    ['screen, ms', screens.map(Math.round).join(' '), Math.round(median(screens))],
    ...tailRows(tail),
  ])
  return {
    first_load_kb: firstLoadKb(),
    interactive_ms: Math.round(median(interactive)),
    screen_ms: Math.round(median(screens)),
    home_longest_task_ms: Math.round(longest),
    log_fps: Math.round(fps),
    log_mb: Math.round(mb),
    tail_fps: Math.round(tail.fps),
    tail_key_ms: Math.round(median(tail.keysMs)),
    tail_behind_ms: Math.round(median(tail.behindMs)),
    tail_missing: tail.missing,
    tail_mb: Math.round(tail.mb),
  }
}

function tailRows({ fps, longestFrameMs, keysMs, behindMs, mb, lines, missing }: TailFigures): (string | number)[][] {
  const wholeBehind = `${Math.round(Math.max(...behindMs))} at most`
  return [
    [
      `tail of ${LINES_PER_SECOND} lines/s, frames/s`,
      `longest frame ${Math.round(longestFrameMs)} ms`,
      Math.round(fps),
    ],
    ['  from a key to its frame, ms', keysMs.map(Math.round).join(' '), Math.round(median(keysMs))],
    ['  from print to screen, ms', wholeBehind, Math.round(median(behindMs))],
    ['  lines missing', `of ${lines}`, missing],
    ['  heap, MB', '', Math.round(mb)],
  ]
}

async function signIn(page: Page, box: LocalBox): Promise<void> {
  await page.goto(box.apiUrl)
  await page.getByLabel('User').fill('owner')
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.locator('.apps a').first().waitFor()
}

/** From the beginning of the load, as the page counts it, to the first app on the screen. */
async function untilThere(page: Page, url: string): Promise<number> {
  await page.goto(url, { waitUntil: 'commit' })
  return (await page.evaluate(`(${UNTIL})('.apps a', 1)`)) as number
}

/** When so many of these are in the page, in milliseconds since its load began. */
const UNTIL = `async (selector, count) => {
  while (document.querySelectorAll(selector).length < count) await new Promise(requestAnimationFrame)
  return performance.now()
}`

/** From the click on a tab to the frame that shows what is behind it; each for the first time. */
async function timeScreens(page: Page, box: LocalBox): Promise<number[]> {
  await page.goto(`${box.apiUrl}/apps/shop`)
  await page.locator('table td').first().waitFor()
  const times: number[] = []
  for (const [tab, selector] of Object.entries(SCREENS)) {
    times.push(
      (await page.evaluate(`(${CLICK_AND_WAIT})(${JSON.stringify(tab)}, ${JSON.stringify(selector)})`)) as number,
    )
  }
  return times
}

const CLICK_AND_WAIT = `async (tab, selector) => {
  const link = [...document.querySelectorAll('.tabs a')].find((each) => each.textContent === tab)
  const begun = performance.now()
  link.click()
  do await new Promise(requestAnimationFrame)
  while (link.getAttribute('aria-current') !== 'page' || !document.querySelector('.tab').querySelector(selector))
  return performance.now() - begun
}`

/** Straight into the database: their limit is 100 for a user. */
function makeApps(box: LocalBox): void {
  using db = new DatabaseSync(join(box.data, 'paas.db'))
  const insert = db.prepare('INSERT INTO apps (id, name, owner_id, created_at) SELECT ?, ?, id, 0 FROM users LIMIT 1')
  db.exec('BEGIN')
  for (let n = 0; n < APPS; n += 1) insert.run(`app_bench${n}`, `bench-${n}`)
  db.exec('COMMIT')
}

async function longestTask(page: Page, box: LocalBox): Promise<number> {
  await page.goto(`${box.apiUrl}/`)
  await page.evaluate(`(${UNTIL})('.apps li', ${APPS})`)
  return (await page.evaluate(LONGEST_TASK)) as number
}

/** Tasks of less than 50 ms are not told of: 0. */
const LONGEST_TASK = `new Promise((resolve) => {
  new PerformanceObserver((list, observer) => {
    observer.disconnect()
    resolve(Math.max(...list.getEntries().map(({ duration }) => duration)))
  }).observe({ type: 'longtask', buffered: true })
  setTimeout(() => resolve(0), 1000)
})`

/** What a first visit brings, as gzip. */
export function firstLoadKb(): number {
  const dist = join(ROOT, 'web/dist')
  const page = readFileSync(join(dist, 'index.html'), 'utf8')
  const assets = readdirSync(join(dist, 'assets')).filter((name) => page.includes(name) && !/\.(?:gz|br)$/.test(name))
  const bytes = ['index.html', ...assets.map((name) => `assets/${name}`)].map(
    (name) => statSync(join(dist, `${name}.gz`)).size,
  )
  return Math.round(bytes.reduce((sum, each) => sum + each, 0) / 1024)
}
