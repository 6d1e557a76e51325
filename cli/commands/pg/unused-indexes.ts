import { reportCommand } from '../../addon-report.ts'

export const command = reportCommand('unused-indexes', 'list indexes that are hardly asked')
