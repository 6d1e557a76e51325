import pg from 'pg'

/** For tests: one query under a URL as apps get it, on a connection of its own. */
export async function query(url: string | undefined, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url ?? '', connectionTimeoutMillis: 20_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(sql)).rows as Record<string, unknown>[]
  } finally {
    await client.end()
  }
}

/** The same place, whatever times an owner has set for the database: each statement may take as long as it takes. */
export function unhurried(url: string): string {
  const place = new URL(url)
  place.searchParams.set('options', '-c statement_timeout=0 -c lock_timeout=0')
  return place.href
}
