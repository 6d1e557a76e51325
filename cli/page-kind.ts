import { UsageError } from './errors.ts'

/** `error` and `maintenance` are the pages that an app may have of its own. */
export function pageSetting(kind: string): 'errorPage' | 'maintenancePage' {
  if (kind === 'error') return 'errorPage'
  if (kind === 'maintenance') return 'maintenancePage'
  throw new UsageError(`There is no page ${JSON.stringify(kind)}.`, {
    fix: 'It is error or maintenance.',
    command: 'paas routing:page --help',
  })
}
