import { reportCommand } from '../../addon-report.ts'

export const command = reportCommand('cache-hit', 'show how much was found in memory')
