import { reportCommand } from '../../addon-report.ts'

export const command = reportCommand('ps', 'list queries that run, the oldest first')
