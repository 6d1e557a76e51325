import { reportCommand } from '../../addon-report.ts'

export const command = reportCommand('extensions', 'list the extensions of a database')
