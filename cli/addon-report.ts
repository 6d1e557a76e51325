import type { AddonReport } from '../server/contract/addon-reports.ts'
import type { Command } from './command.ts'
import { defineCommand, maybe } from './command.ts'
import type { Context } from './context.ts'
import { tableLines } from './table.ts'

/** What apps know their first database by. */
export const FIRST_DATABASE = 'DATABASE'
export const ADDON_ARGUMENT = maybe(`its name or variable (default: ${FIRST_DATABASE})`)

const COLOURS: Record<string, 'red' | 'yellow' | 'green'> = { red: 'red', yellow: 'yellow', green: 'green' }

/** A command that shows one report of a database. */
export function reportCommand(report: string, about: string): Command {
  return defineCommand({
    about,
    ofApp: true,
    args: { addon: ADDON_ARGUMENT },
    examples: [{ run: `paas pg:${report} -a shop` }, { run: `paas pg:${report} REPORTS --json` }],
    async run(context, { args }) {
      const { app, client } = await context.app()
      const addon = args.addon ?? FIRST_DATABASE
      printReport(context, await client.call('addons.report', { params: { app, addon, report } }))
    },
  })
}

export function printReport(context: Context, report: AddonReport): void {
  if (context.json) context.print(report)
  else if (report.rows.length === 0) context.err.line(`Nothing to show: ${report.about}.`)
  else printTable(context, report)
}

function printTable(context: Context, report: AddonReport): void {
  const rows = report.rows.map((row) => row.map((value) => coloured(context, value ?? '-')))
  const headers = report.columns.map((column) => column.replaceAll('_', ' ').toUpperCase())
  for (const line of tableLines(headers, rows)) context.out.line(line)
}

function coloured({ out }: Context, value: string): string {
  const colour = COLOURS[value]
  return colour ? out.style(colour, value) : value
}
