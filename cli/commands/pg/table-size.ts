import { reportCommand } from '../../addon-report.ts'

export const command = reportCommand('table-size', 'list the largest tables')
