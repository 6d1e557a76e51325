import type { DatabaseSync } from 'node:sqlite'

/** `appsOf` is a SELECT of the apps that a row is about; `row` is NEW or OLD. Without it, the row's own `app_id`. */
export type WatchedTable = { name: string; appsOf?: (row: 'NEW' | 'OLD') => string }
export type RowListener = (table: string, appId: string | null) => void

const FUNCTION = 'row_changed'

/**
 * Tells of each row that is written, by triggers that live as long as the connection: no writer can forget it. The
 * listener is called within the transaction, and also for what is rolled back.
 */
export function watchRows(connection: DatabaseSync, tables: readonly WatchedTable[], listener: RowListener): void {
  connection.function(FUNCTION, (table, appId) => {
    listener(String(table), appId === null ? null : String(appId))
    return null
  })
  for (const { name, appsOf = ownApp } of tables) {
    for (const [event, row] of [
      ['INSERT', 'NEW'],
      ['UPDATE', 'NEW'],
      ['DELETE', 'OLD'],
    ] as const) {
      connection.exec(
        `CREATE TEMP TRIGGER told_${name}_${event} AFTER ${event} ON main.${name}
         BEGIN SELECT ${FUNCTION}('${name}', app_id) FROM (${appsOf(row)}); END`,
      )
    }
  }
}

/** The tables whose rows belong to an app. */
export function tablesOfApps(connection: DatabaseSync): string[] {
  const rows = connection
    .prepare(
      `SELECT t.name FROM main.sqlite_schema t JOIN pragma_table_info(t.name) c
       WHERE t.type = 'table' AND c.name = 'app_id' ORDER BY t.name`,
    )
    .all()
  return rows.map(({ name }) => String(name))
}

function ownApp(row: 'NEW' | 'OLD'): string {
  return `SELECT ${row}.app_id AS app_id`
}
