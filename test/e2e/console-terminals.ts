import { expect, test } from 'vitest'
import type { LocalBox } from '../../scripts/local-box.ts'
import type { Desk } from './browser.ts'

type Place = { box: LocalBox; desk: Desk; go: (path: string) => Promise<void> }

/** The terminal of the page, and how one types into it. */
export function terminalOf(desk: () => Desk) {
  return {
    terminal: () => desk().page.locator('.xterm-rows'),
    running: () => desk().page.locator('.terminal-head .state', { hasText: 'running' }).waitFor(),
    type: async (text: string) => {
      await desk().page.keyboard.type(text)
      await desk().page.keyboard.press('Enter')
    },
  }
}

/** What one does on the shell page of the app `shop`, which is open. */
export function terminalSteps(at: () => Place): void {
  const { terminal, running, type } = terminalOf(() => at().desk)

  test('a terminal is opened beside the app, typed into, and tells how its command ended', async () => {
    const { desk } = at()
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
    const { desk } = at()
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
    const { desk } = at()
    await desk.page.keyboard.press('Shift+Escape')
    await expect.poll(() => desk.focused()).toBe('End it')
    await desk.page.locator('.xterm-helper-textarea').focus()
    await desk.paste('echo pasted-$((40 + 2))')
    await desk.page.keyboard.press('Enter')
    await expect.poll(() => terminal().textContent()).toContain('pasted-42')
    await desk.page.getByLabel('Screen reader').check()
    await desk.page.locator('.xterm-helper-textarea').focus()
    await type('echo spoken')
    await expect.poll(() => desk.page.locator('.xterm-accessibility').textContent()).toContain('spoken')
    await desk.page.getByLabel('Screen reader').uncheck()
    await desk.button('End it').click()
    await expect.poll(() => desk.page.locator('.rows li', { hasText: 'running' }).count(), { timeout: 90_000 }).toBe(0)
  })

  test('a command is run detached, and stopped', async () => {
    const { desk } = at()
    await desk.page.getByLabel('Command').fill('sleep 600')
    await desk.see("paas run -a shop 'sleep 600'")
    await desk.button('Run detached').click()
    await desk.button(/^Stop run\./).click()
    await expect.poll(() => desk.page.locator('.rows li', { hasText: 'running' }).count(), { timeout: 90_000 }).toBe(0)
  })

  test('a terminal is opened inside the instance that serves, and leaves nothing there', async () => {
    const { desk, box, go } = at()
    await go('/apps/shop/overview')
    await desk.link('web.1').click()
    await desk.see(/It runs inside web\.1, which serves meanwhile/)
    await desk.see('paas exec -a shop -i web.1 bash')
    await desk.look('shell-inside')
    await desk.button('Open terminal').click()
    await running()
    await type('LEFT=1 setsid sleep 300 & echo "inside $PAAS_INSTANCE in $(stty size)"')
    await expect.poll(() => terminal().textContent()).toMatch(/inside web\.1 in [1-9]\d \d+/)
    await desk.look('shell-inside-terminal')
    await desk.button('End it').click()
    const { items } = await box.client().call('runs.list', { params: { app: 'shop' } })
    expect(items[0]).toMatchObject({ instance: 'web.1', by: 'owner' })
    await expect.poll(() => desk.page.locator('.rows li', { hasText: 'running' }).count(), { timeout: 90_000 }).toBe(0)
    await go('/apps/shop/shell')
  })

  test('a terminal whose line breaks off says what became of the command', async () => {
    const { box, desk } = at()
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
}
