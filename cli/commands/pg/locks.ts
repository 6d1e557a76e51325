import { reportCommand } from '../../addon-report.ts'

export const command = reportCommand('locks', 'list locks on tables that are held or waited for')
