import { reportCommand } from '../../addon-report.ts'

export const command = reportCommand('settings', 'list the settings of a database')
