import { reportCommand } from '../../addon-report.ts'

export const command = reportCommand('vacuum-stats', 'show when tables were cleaned last')
