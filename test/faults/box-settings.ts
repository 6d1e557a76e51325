import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** For `LocalBox.start`'s `prepare`: what an admin would set, before the server starts. */
export function boxSettings(values: Record<string, string | number>): (data: string) => void {
  return (data) => {
    const db = new DatabaseSync(join(data, 'paas.db'))
    const insert = db.prepare('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)')
    for (const [name, value] of Object.entries(values)) insert.run(name, String(value))
    db.close()
  }
}
