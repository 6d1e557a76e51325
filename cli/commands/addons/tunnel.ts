import { FIRST_DATABASE } from '../../addon-report.ts'
import { tunnelCommand } from '../../tunnel-command.ts'

export const command = tunnelCommand('addons:tunnel', FIRST_DATABASE)
