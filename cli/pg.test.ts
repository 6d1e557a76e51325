import { expect, test } from 'vitest'
import type { AddonReport } from '../server/contract/addon-reports.ts'
import { TestDesk } from './test-desk.ts'

const REPORT: AddonReport = {
  name: 'diagnose',
  about: 'what should be looked at',
  columns: ['level', 'check', 'whole_reads'],
  rows: [
    ['red', 'bloat', null],
    ['green', 'sequences', '3'],
  ],
}

let answer: AddonReport
const desk = new TestDesk(() => {
  answer = REPORT
  return {
    'addons.report': () => answer,
    'addons.endSessions': ({ body }) => ({ ended: (body as { pid?: number }).pid === 9 ? 0 : 3 }),
    'addons.changeExtension': () => answer,
    'addons.changeSettings': () => answer,
  }
})

const { paas } = desk

test('a report of the first database is a table', async () => {
  const { stdout } = await paas('pg:diagnose -a shop')
  expect(desk.box.requests.at(-1)?.params).toEqual({ app: 'shop', addon: 'DATABASE', report: 'diagnose' })
  expect(stdout.split('\n').slice(0, 3)).toEqual([
    'LEVEL  CHECK      WHOLE READS',
    'red    bloat      -',
    'green  sequences  3',
  ])
})

test('a report without rows says so, apart from the data', async () => {
  answer = { ...REPORT, rows: [] }
  expect(await paas('pg:ps REPORTS -a shop')).toMatchObject({ code: 0, stdout: '' })
  expect(desk.box.requests.at(-1)?.params).toMatchObject({ addon: 'REPORTS', report: 'ps' })
})

test('a session is cancelled by its number, or told to be gone', async () => {
  expect((await paas('pg:kill 4711 -f -a shop')).stderr).toContain('Ended 4711.')
  expect(desk.box.requests.at(-1)?.body).toEqual({ pid: 4711, force: true })
  expect((await paas('pg:kill 9 -a shop')).stderr).toContain('no session 9')
  expect(await paas('pg:kill soon -a shop')).toMatchObject({ code: 2 })
  expect((await paas('pg:killall -a shop')).stderr).toContain('Ended 3 connections.')
})

test('extensions and settings are changed by name', async () => {
  await paas('pg:extensions:add pg_trgm -a shop')
  expect(desk.box.requests.at(-1)?.body).toEqual({ name: 'pg_trgm', state: 'added' })
  await paas('pg:settings:set statement_timeout=30s work_mem= -a shop')
  expect(desk.box.requests.at(-1)?.body).toEqual({ settings: { statement_timeout: '30s', work_mem: null } })
  expect(await paas('pg:settings:set -a shop')).toMatchObject({ code: 2 })
})
