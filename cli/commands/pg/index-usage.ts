import { reportCommand } from '../../addon-report.ts'

export const command = reportCommand('index-usage', 'show how often tables were read by an index')
