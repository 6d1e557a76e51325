import { reportCommand } from '../../addon-report.ts'

export const command = reportCommand('bloat', 'show the space that dead rows have left')
