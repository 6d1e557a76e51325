import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LocalBox } from '../../scripts/local-box.ts'
import { SampleApp } from '../../scripts/sample-app.ts'
import { Desk } from './browser.ts'
import { terminalOf, terminalSteps } from './console-terminals.ts'

const PASSWORD = 'correct horse battery'

let box: LocalBox
let desk: Desk

/** What one does in a browser with an app that runs. */
beforeAll(async () => {
  box = await LocalBox.start({ engine: 'embedded' })
  await box.client().call('password.set', { body: { password: PASSWORD } })
  const shop = await SampleApp.create(box, 'shop')
  const cron = [{ command: 'echo tidied', schedule: '@yearly' }]
  await writeFile(join(shop.directory, 'app.json'), JSON.stringify({ cron }))
  await shop.commit('a cron job')
  await shop.deploy()
  desk = await Desk.open(box.apiUrl)
  await desk.page.goto(`${box.apiUrl}/apps/shop/shell`)
  await desk.signIn('owner', PASSWORD)
})
afterAll(async () => {
  await desk?.[Symbol.asyncDispose]()
  await box?.[Symbol.asyncDispose]()
})

const go = async (path: string) => {
  await desk.page.goto(`${box.apiUrl}${path}`)
}
const { terminal, running, type } = terminalOf(() => desk)

terminalSteps(() => ({ box, desk, go }))

test('an addon is made, and its page says what it is and who uses it', async () => {
  await box.client().call('apps.create', { body: { name: 'reports' } })
  await go('/apps/shop/resources')
  await desk.button('Create addon').click()
  await desk.page.getByRole('link', { name: /^postgresql-/ }).click()
  await desk.page.locator('.build-head .state', { hasText: 'available' }).waitFor({ timeout: 90_000 })
  await desk.see('DATABASE_URL')
  await desk.page.getByLabel('App', { exact: true }).selectOption('reports')
  await desk.page.getByLabel('As (optional)').fill('1X')
  await desk.button('Attach').click()
  await desk.page.locator('.mistake', { hasText: 'capital letters' }).waitFor()
  await desk.page.getByLabel('As (optional)').fill('shop')
  await desk.button('Attach').click()
  await desk.see('SHOP_URL')
  await desk.see(/reports has no release yet/)
  await desk.button('Detach SHOP_URL from reports').click()
  await expect.poll(() => desk.page.getByText('SHOP_URL').count()).toBe(0)
  await desk.button('Show credentials').click()
  await desk
    .button(/^Copy the address with the password of/)
    .first()
    .waitFor()
  await desk.button('Hide').click()
  await desk.look('addon')
}, 300_000)

test('psql is opened on it, and its reports are read', async () => {
  await desk.button('Open psql').click()
  await running()
  await type("select 'answer ' || 6 * 7;")
  await expect.poll(() => terminal().textContent()).toContain('answer 42')
  await desk.look('addon-psql')
  await type('\\q')
  await desk.see('exit code 0')
  await desk.button('Close').click()
  await desk.page.getByLabel('Report', { exact: true }).selectOption('table-size')
  await desk.button('Look').click()
  await desk.see(/^Nothing to show/)
  await desk.page.getByLabel('Report', { exact: true }).selectOption('settings')
  await desk.button('Look').click()
  await desk.page
    .getByRole('region', { name: /what can be set/ })
    .getByText('work_mem')
    .waitFor()
  await desk.page.getByRole('region', { name: /what can be set/ }).scrollIntoViewIfNeeded()
  await desk.look('addon-report')
})

test('it is backed up, by hand and by itself, and a backup is restored into a new addon, which is promoted', async () => {
  await desk.button('Back up now').click()
  await desk.button('Restore b001').click({ timeout: 90_000 })
  await desk.look('addon-restore')
  await desk.button('Restore into a new addon').click()
  await desk.page.getByRole('dialog').waitFor({ state: 'detached' })
  await desk.page.getByLabel('Minute, hour, day, month, weekday').fill('never')
  await desk.button('Schedule').click()
  await desk.page.locator('.problem', { hasText: 'never' }).waitFor()
  await desk.page.getByLabel('Minute, hour, day, month, weekday').fill('30 3 * * *')
  await desk.button('Schedule').click()
  await desk.see(/Backed up by itself, the next time/)
  const restores = desk.page.getByRole('list', { name: 'Restores' })
  await restores.locator('.state', { hasText: 'succeeded' }).waitFor({ timeout: 90_000 })
  await restores.scrollIntoViewIfNeeded()
  await desk.look('addon-backups')
  await restores.getByRole('link').click()
  await desk.see('No app uses it')
  await desk.button('Attach').click()
  await desk.see(/shop takes it as v\d/)
  await desk.button('Promote').click()
  await desk.page.locator('.domains code', { hasText: /^DATABASE_URL$/ }).waitFor()
}, 300_000)

test('every change of it is kept, and a moment is brought back into a new addon', async () => {
  await go('/apps/shop/resources')
  await desk.page
    .getByRole('link', { name: /^postgresql-/ })
    .first()
    .click()
  await desk.page.getByLabel('Days to keep').fill('60')
  await desk.button('Keep every change').click()
  await desk.page.locator('.mistake', { hasText: 'use 1 to 35' }).waitFor()
  await desk.page.getByLabel('Days to keep').fill('3')
  await desk.button('Keep every change').click()
  await desk.see('every change is kept')
  await desk.page.getByLabel('Moment to bring back').waitFor({ timeout: 90_000 })
  expect(await desk.page.getByLabel('Moment to bring back').getAttribute('min')).toMatch(/^20\d\d-\d\d-\d\dT/)
  await desk.page.getByLabel('Moment to bring back').scrollIntoViewIfNeeded()
  await desk.look('addon-archive')
  await desk.button('Bring it back').press('Enter')
  await desk.see(/has begun: what becomes of it/)
  await expect.poll(() => desk.focused()).toBe('Bring it back')
  const { restores } = await box.client().call('backups.list', { params: { app: 'shop' } })
  expect(restores.filter(({ moment }) => moment !== null)).toHaveLength(1)
  await desk.button('Stop keeping changes').press('Enter')
  await desk.see('changes are not kept')
  await expect.poll(() => desk.focused()).toBe('Any moment')
}, 300_000)

test('it is exposed and closed, renamed, and destroyed by its name', async () => {
  await desk.button('Expose').press('Enter')
  await desk.see(/for this machine alone/)
  await expect.poll(() => desk.focused()).toBe('Exposure')
  await desk.button('Close it').press('Enter')
  await desk.button('Expose').waitFor()
  await desk.page.getByLabel('New name').fill('shop-new')
  await desk.page.keyboard.press('Enter')
  await expect.poll(() => desk.focused()).toBe('shop-new')
  await desk.button('Restart').press('Enter')
  await expect.poll(() => desk.focused()).toBe('Restart')
  await desk.button('Destroy shop-new').click()
  await desk.page.getByLabel(/Without a last backup/).check()
  await desk.page.getByLabel('Type shop-new to go on').fill('shop-new')
  await desk.look('addon-destroy')
  await desk.button('Destroy it').click()
  await expect.poll(() => desk.page.getByText('shop-new').count(), { timeout: 90_000 }).toBe(0)
}, 300_000)

test('cron jobs are listed, and run when it is asked for', async () => {
  await go('/apps/shop/resources')
  await desk.see('cron.1')
  await desk.button('Run now: cron.1').click()
  await desk.page.locator('.domains .state', { hasText: 'exit 0' }).waitFor({ timeout: 90_000 })
  await desk.page.getByText('cron.1').scrollIntoViewIfNeeded()
  await desk.look('cron')
})

test('activity is filtered by who, kind and time, and saved as CSV', async () => {
  await desk.link('Activity').click()
  await desk.see('run.create')
  await desk.page.getByLabel('Kind').selectOption('cron')
  await expect.poll(() => desk.page.getByText('run.create').count()).toBe(0)
  await desk.see('cron.run')
  expect(desk.page.url()).toMatch(/activity\?kind=cron$/)
  await desk.look('activity-filter')
  const [file] = await Promise.all([desk.page.waitForEvent('download'), desk.button('Download CSV').click()])
  expect(await readFile(await file.path(), 'utf8')).toMatch(
    /^at,by,via,app,action,detail\r\n.*,owner,console,shop,cron\.run,/,
  )
  await desk.page.getByLabel('Up to this day').fill('2020-01-01')
  await desk.see('Nothing like that')
})

test('routing and builds are set by their settings, with mistakes told beside each', async () => {
  await go('/apps/shop/settings')
  await desk.page.getByLabel('sticky', { exact: true }).selectOption('on')
  await desk.page.getByLabel('max-body', { exact: true }).fill('much')
  await desk.see(/^Write a size such as/)
  await desk.page.getByLabel('max-body', { exact: true }).fill('10mb')
  await desk.page.getByLabel('allow', { exact: true }).fill('nowhere')
  await desk.see('paas routing:set sticky=on max-body=10mb allow=nowhere -a shop')
  await desk.button('Apply').first().click()
  await desk.page.locator('.mistake', { hasText: 'use an address or a range' }).waitFor()
  await desk.look('settings-mistake')
  await desk.page.getByLabel('allow', { exact: true }).fill('')
  await desk.button('Apply').first().click()
  await desk.see('paas routing:set NAME=VALUE -a shop')
  const { settings } = await box.client().call('routing.show', { params: { app: 'shop' } })
  expect(settings).toMatchObject({ sticky: true, maxBody: 10 * 1024 ** 2, allow: [] })
  await desk.page.getByLabel('root', { exact: true }).fill('../elsewhere')
  await desk.button('Apply').nth(1).click()
  await desk.page.locator('.mistake', { hasText: 'use a path' }).waitFor()
  await desk.page.getByLabel('Buildpacks, in order').fill('http://example.test/buildpack')
  await desk.button('Set buildpacks').click()
  await desk.page.locator('.mistake', { hasText: 'fetched by https only' }).waitFor()
  await desk.page.getByLabel('Buildpacks, in order').fill('node')
  await desk.button('Set buildpacks').click()
  await desk.see('paas buildpacks:set node -a shop')
  expect(await box.client().call('buildpacks.list', { params: { app: 'shop' } })).toEqual({ buildpacks: ['node'] })
})

test('where the browser does not let a page copy, what was to be copied is selected', async () => {
  await desk.page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
  await desk.button('Copy paas buildpacks:set node -a shop').click()
  await desk.see(/It is selected: press/)
  expect(await desk.page.evaluate('getSelection().toString().trim()')).toBe('paas buildpacks:set node -a shop')
})

test('axe finds nothing serious on any screen, in light and dark', () => {
  expect(desk.serious).toEqual([])
})

test('no page failed, broke the policy, or asked anything of anybody else', () => {
  expect(desk.errors).toEqual([])
  expect(desk.foreign).toEqual([])
})
