import { reportCommand } from '../../addon-report.ts'

export const command = reportCommand('long-running-queries', 'list what has run for more than five minutes')
