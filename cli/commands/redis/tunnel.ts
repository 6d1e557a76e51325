import { tunnelCommand } from '../../tunnel-command.ts'

export const command = tunnelCommand('redis:tunnel', 'REDIS')
