import { reportCommand } from '../../addon-report.ts'

export const command = reportCommand('outliers', 'list the statements that took the most time')
