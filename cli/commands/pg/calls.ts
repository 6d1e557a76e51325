import { reportCommand } from '../../addon-report.ts'

export const command = reportCommand('calls', 'list the statements that were asked most often')
