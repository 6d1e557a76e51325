import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import axe from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core'
import { NODE, ROOT } from '../../scripts/local-box.ts'
import { runCommand } from '../../scripts/run-command.ts'

/** Debian's, which scripts/setup.sh installs. */
const CHROMIUM = '/usr/bin/chromium'
/** Ignored by git; to be looked at. */
const SCREENS = join(ROOT, '.paas', 'screens')
const DESK = { width: 1280, height: 860 }
const PHONE = { width: 390, height: 780 }
const WAIT_MS = 60_000

type Violation = { id: string; impact: string | null; nodes: { html: string; failureSummary: string }[] }

/** Somebody at a browser. Every request that leaves the box, and every error of the page, is remembered. */
export class Desk implements AsyncDisposable {
  readonly page: Page
  readonly errors: string[] = []
  readonly foreign: string[] = []
  /** What axe found serious on the screens that were looked at. */
  readonly serious: string[] = []
  readonly #browser: Browser
  readonly #context: BrowserContext

  private constructor(browser: Browser, context: BrowserContext, page: Page, origin: string) {
    this.#browser = browser
    this.#context = context
    this.page = page
    page.setDefaultTimeout(WAIT_MS)
    page.on('pageerror', (error) => this.errors.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
        this.errors.push(message.text())
    })
    page.on('request', (request) => {
      if (!/^(?:data|blob):/.test(request.url()) && new URL(request.url()).origin !== origin)
        this.foreign.push(request.url())
    })
  }

  /** Builds the console first, so that what is tested is what is in web/. */
  static async open(origin: string): Promise<Desk> {
    if (!existsSync(CHROMIUM)) throw new Error('there is no Chromium: apt-get install chromium')
    await runCommand(NODE, [join(ROOT, 'scripts/build-console.ts')], { cwd: ROOT })
    await mkdir(SCREENS, { recursive: true })
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-quic'],
    })
    const context = await browser.newContext({ viewport: DESK, colorScheme: 'light', reducedMotion: 'reduce' })
    return new Desk(browser, context, await context.newPage(), origin)
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: true })
  }

  link(name: string | RegExp): Locator {
    return this.page.getByRole('link', { name, exact: true })
  }

  async see(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).first().waitFor()
  }

  async signIn(user: string, password: string): Promise<void> {
    await this.page.getByLabel('User').fill(user)
    await this.page.getByLabel('Password', { exact: true }).fill(password)
    await this.button('Sign in').click()
    await this.button(/^Sign .+ out$/).waitFor()
  }

  /** The text of what has the focus. */
  async focused(): Promise<unknown> {
    return await this.page.evaluate('document.activeElement.textContent')
  }

  /** Into what has the focus, as the browser tells of it. */
  async paste(text: string): Promise<void> {
    await this.page.evaluate(`{
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/plain', ${JSON.stringify(text)})
      document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
    }`)
  }

  /** Pictures to look at, and what axe says. */
  async look(name: string): Promise<void> {
    await this.shoot(name)
    this.serious.push(...(await this.barriers()).map((barrier) => `${name}: ${barrier}`))
  }

  async cookies() {
    return await this.#context.cookies()
  }

  /** In light, dark, and on a phone. */
  async shoot(name: string): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await this.page.emulateMedia({ colorScheme })
      await this.#picture(`${name}-${colorScheme}`)
    }
    await this.page.emulateMedia({ colorScheme: 'light' })
    await this.page.setViewportSize(PHONE)
    await this.#picture(`${name}-phone`)
    await this.page.setViewportSize(DESK)
  }

  /** The whole page, as it is: hiding the caret would take a style that the policy refuses. */
  async #picture(name: string): Promise<void> {
    const fullPage = (await this.page.locator('dialog[open]').count()) === 0
    const path = join(SCREENS, `${name}.png`)
    await this.page.screenshot({ path, fullPage, caret: 'initial', animations: 'allow' })
  }

  /** What axe finds serious, in words; both colour schemes are looked at. */
  async barriers(): Promise<string[]> {
    const found: string[] = []
    for (const colorScheme of ['light', 'dark'] as const) {
      await this.page.emulateMedia({ colorScheme })
      await this.page.evaluate(axe.source)
      const violations = (await this.page.evaluate('axe.run().then(({ violations }) => violations)')) as Violation[]
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      found.push(
        ...serious.map(({ id, nodes }) => `${colorScheme} ${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`),
      )
    }
    await this.page.emulateMedia({ colorScheme: 'light' })
    return found
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
  }
}
