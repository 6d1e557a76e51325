import { PaasError } from '../../errors.ts'
import type { Database, ReportTable, ServerAccess } from '../addon-service.ts'
import { ask } from './report.ts'
import { ACTIVITY } from './report-activity.ts'
import { diagnosis } from './report-diagnosis.ts'
import { TABLES } from './report-tables.ts'
import { settingsReport } from './settings.ts'

const DIAGNOSE = { name: 'diagnose', about: 'what should be looked at, the worst first' }
const SETTINGS = { name: 'settings', about: 'what can be set for the database' }
const QUERIES = [...ACTIVITY, ...TABLES]

export const REPORTS: readonly { name: string; about: string }[] = [DIAGNOSE, ...QUERIES, SETTINGS].map(
  ({ name, about }) => ({ name, about }),
)

/** Throws `addon.unknown-report`. */
export async function report(access: ServerAccess, database: Database, name: string): Promise<ReportTable> {
  if (name === DIAGNOSE.name) return { ...DIAGNOSE, ...(await diagnosis(access, database)) }
  if (name === SETTINGS.name) return { ...SETTINGS, ...(await settingsReport(access, database)) }
  const found = QUERIES.find((each) => each.name === name)
  if (found) return { name, about: found.about, ...(await ask(access, database, found)) }
  throw new PaasError('not-found', 'addon.unknown-report', `There is no report ${JSON.stringify(name)}.`, {
    fix: `Choose one of ${REPORTS.map((each) => each.name).join(', ')}.`,
  })
}
