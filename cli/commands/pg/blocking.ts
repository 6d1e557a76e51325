import { reportCommand } from '../../addon-report.ts'

export const command = reportCommand('blocking', 'show who waits for whom')
