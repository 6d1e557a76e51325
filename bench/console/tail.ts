import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import type { LocalBox } from '../../scripts/local-box.ts'
import { deployChatty } from './chatty.ts'
import { heapMb } from './heap.ts'

const APP = 'chatty'
const TAIL_MS = 15_000
/** Typed into the filter and taken away again while the lines run through: every line holds it. */
const TYPED = '/orders/'
const KEY_EVERY_MS = 500

type Watched = {
  fps: number
  longestFrameMs: number
  /** From each key to the end of the frame that shows what it did. */
  keysMs: number[]
  /** In each frame: how long ago the newest line on the screen was printed. */
  behindMs: number[]
}
export type TailFigures = Watched & {
  mb: number
  lines: number
  /** Lines that did not come, between the first and the last that did. */
  missing: number
}

/** A log that is followed while its app prints 2,000 lines per second, from its standard output to the screen. */
export async function tailLog(page: Page, box: LocalBox): Promise<TailFigures> {
  await deployChatty(box, APP)
  await page.goto(`${box.apiUrl}/apps/${APP}/logs`)
  await page.locator('.line', { hasText: 'printed=' }).first().waitFor()
  const watched = page.evaluate(`(${WATCH})(${TAIL_MS})`) as Promise<Watched>
  await page.getByLabel('Filter by text').focus()
  for (const key of [...TYPED, ...[...TYPED].fill('Backspace')]) {
    await page.keyboard.press(key)
    await page.waitForTimeout(KEY_EVERY_MS)
  }
  const seen = await watched
  const numbers = await downloaded(page)
  const mb = await heapMb(page)
  await box.client().call('apps.destroy', { params: { app: APP }, query: { confirm: APP } })
  const span = (numbers.at(-1) ?? 0) - (numbers[0] ?? 0) + 1
  return { ...seen, mb, lines: numbers.length, missing: span - new Set(numbers).size }
}

const WATCH = `async (lastsMs) => {
  const keysMs = [], behindMs = [], gaps = []
  document.querySelector('.filters input').addEventListener('keydown', ({ timeStamp }) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => keysMs.push(performance.now() - timeStamp)
      port2.postMessage(null)
    })
  })
  const begun = performance.now()
  let now = begun
  while (now - begun < lastsMs) {
    await new Promise(requestAnimationFrame)
    gaps.push(performance.now() - now)
    now = performance.now()
    const printed = /printed=(\\d+)/.exec(document.querySelector('.lines-seen').lastElementChild?.textContent)
    if (printed) behindMs.push(Date.now() - Number(printed[1]))
  }
  return { fps: (gaps.length * 1000) / (now - begun), longestFrameMs: Math.max(...gaps), keysMs, behindMs }
}`

/** The numbers of the lines that the page holds, as its own button gives them. */
async function downloaded(page: Page): Promise<number[]> {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download', exact: true }).click(),
  ])
  const text = await readFile(await file.path(), 'utf8')
  return [...text.matchAll(/ n=(\d+)$/gm)].map((match) => Number(match[1]))
}
