import { afterAll, beforeAll, expect, test } from 'vitest'
import { LocalBox } from '../../scripts/local-box.ts'
import { SampleApp } from '../../scripts/sample-app.ts'
import { Desk } from './browser.ts'

const PASSWORD = 'correct horse battery'

let box: LocalBox
let desk: Desk

/** What one does in a browser with an app that runs. */
beforeAll(async () => {
  box = await LocalBox.start({ engine: 'embedded' })
  await box.client().call('password.set', { body: { password: PASSWORD } })
  await (await SampleApp.create(box, 'shop')).deploy()
  desk = await Desk.open(box.apiUrl)
  await desk.page.goto(`${box.apiUrl}/apps/shop/shell`)
  await desk.signIn('owner', PASSWORD)
})
afterAll(async () => {
  await desk?.[Symbol.asyncDispose]()
  await box?.[Symbol.asyncDispose]()
})

const terminal = () => desk.page.locator('.xterm-rows')
const running = () => desk.page.locator('.terminal-head .state', { hasText: 'running' }).waitFor()
const type = async (text: string) => {
  await desk.page.keyboard.type(text)
  await desk.page.keyboard.press('Enter')
}

/** As the browser tells of it. */
const PASTE = `{
  const clipboardData = new DataTransfer()
  clipboardData.setData('text/plain', 'echo pasted-$((40 + 2))')
  document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
}`

test('a terminal is opened beside the app, typed into, and tells how its command ended', async () => {
  await desk.see('Nothing was run yet')
  await desk.look('shell')
  await desk.button('Open terminal').click()
  await running()
  await type('echo "app $PAAS_APP, release $PAAS_RELEASE in $(stty size)"')
  await expect.poll(() => terminal().textContent()).toMatch(/app shop, release v1 in [1-9]\d \d+/)
  await type(`printf '\\e[1;31mred \\e[38;2;90;200;120mtrue colour\\e[0m \\e[42mon green\\e[0m\\n'`)
  await expect.poll(() => terminal().locator('span', { hasText: 'true colour' }).count()).toBeGreaterThan(0)
  await desk.look('shell-terminal')
  await type('exit 3')
  await desk.see('exit code 3')
  await desk.look('shell-ended')
  await desk.button('Close').click()
})

test('the size of the window is that of the terminal, and its colours are there without inline styles', async () => {
  await desk.button('Open terminal').click()
  await running()
  const colour = () => desk.page.evaluate("getComputedStyle(document.querySelector('.xterm-rows')).color")
  await expect.poll(colour).toBe('rgb(27, 28, 30)')
  await desk.page.emulateMedia({ colorScheme: 'dark' })
  await expect.poll(colour).toBe('rgb(230, 231, 233)')
  await desk.page.emulateMedia({ colorScheme: 'light' })
  await desk.page.setViewportSize({ width: 700, height: 860 })
  await type('tput cols | sed "s/^/columns=/"')
  await expect.poll(() => terminal().textContent()).toMatch(/columns=[5-8]\d\D/)
  await desk.page.setViewportSize({ width: 1280, height: 860 })
  expect(await desk.page.locator('style, [style*="color:" i] style').count()).toBe(0)
})

test('the keyboard gets out of it, what is pasted goes in, and its end is the end of the command', async () => {
  await desk.page.keyboard.press('Shift+Escape')
  expect(await desk.page.evaluate('document.activeElement.textContent')).toBe('End it')
  await desk.page.locator('.xterm-helper-textarea').focus()
  await desk.page.evaluate(PASTE)
  await desk.page.keyboard.press('Enter')
  await expect.poll(() => terminal().textContent()).toContain('pasted-42')
  await desk.page.getByLabel('Screen reader').check()
  await desk.page.locator('.xterm-helper-textarea').focus()
  await type('echo spoken')
  await expect.poll(() => desk.page.locator('.xterm-accessibility').textContent()).toContain('spoken')
  await desk.page.getByLabel('Screen reader').uncheck()
  await desk.button('End it').click()
  await expect.poll(() => desk.page.locator('.rows li', { hasText: 'running' }).count(), { timeout: 30_000 }).toBe(0)
})

test('a command is run detached, and stopped', async () => {
  await desk.page.getByLabel('Command').fill('sleep 600')
  await desk.see("paas run -a shop 'sleep 600'")
  await desk.button('Run detached').click()
  await desk.button(/^Stop run\./).click()
  await expect.poll(() => desk.page.locator('.rows li', { hasText: 'running' }).count(), { timeout: 30_000 }).toBe(0)
})

test('a terminal whose line breaks off says what became of the command', async () => {
  await desk.button('Open terminal').click()
  await running()
  await box.stopServer()
  await desk.see(/The line to the box is gone, and the command with it/)
  await desk.shoot('shell-lost')
  await box.startServer()
  await desk.button('Open again').click()
  await running()
  await desk.button('End it').click()
})

test('axe finds nothing serious on any screen, in light and dark', () => {
  expect(desk.serious).toEqual([])
})

test('no page failed, broke the policy, or asked anything of anybody else', () => {
  expect(desk.errors).toEqual([])
  expect(desk.foreign).toEqual([])
})
