import { reportCommand } from '../../addon-report.ts'

export const command = reportCommand('sessions', 'list all connections, idle ones too')
