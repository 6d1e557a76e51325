import { reportCommand } from '../../addon-report.ts'

export const command = reportCommand('diagnose', 'look a database over, and say what to do')
