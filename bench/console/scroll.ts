import type { Page } from 'playwright-core'
import { heapMb } from './heap.ts'

const LOG_LINES = 100_000
const SCROLL_MS = 3_000

export type ScrollFigures = { fps: number; mb: number }

/** A log of 100,000 lines; it is played by the browser, since the API gives no more than a few thousand at once. */
export async function scrollLog(page: Page, url: string): Promise<ScrollFigures> {
  const logs = /\/apps\/shop\/logs\?/
  let asked = 0
  // As a box does it: what follows stays open. An end would make the console ask again, and read it all again while it scrolls.
  await page.route(logs, async (route) => {
    asked += 1
    if (asked === 1) await route.fulfill({ contentType: 'application/x-ndjson', body: logText() })
  })
  await page.goto(url)
  await page.getByText(`${LOG_LINES} lines`, { exact: true }).waitFor()
  const fps = (await page.evaluate(`(${SCROLL})(${SCROLL_MS})`)) as number
  const mb = await heapMb(page)
  await page.unroute(logs)
  return { fps, mb }
}

/** Through the whole log, a screen further each frame. */
const SCROLL = `async (lastsMs) => {
  const box = document.querySelector('.lines')
  const begun = performance.now()
  let frames = 0
  while (performance.now() - begun < lastsMs) {
    box.scrollTop = (frames * box.clientHeight) % box.scrollHeight
    await new Promise(requestAnimationFrame)
    frames += 1
  }
  return (frames * 1000) / (performance.now() - begun)
}`

function logText(): string {
  const line = (n: number) => ({
    cursor: `c${n}`,
    at: new Date(1_790_000_000_000 + n).toISOString(),
    source: 'app',
    process: `web.${n % 4}`,
    text: `\x1b[32mGET\x1b[0m /orders/${n} 200 in ${n % 97} ms, request ${n.toString(36)}`,
  })
  return Array.from({ length: LOG_LINES }, (_, n) => `${JSON.stringify(line(n))}\n`).join('')
}
