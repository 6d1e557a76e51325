import type { Readable } from 'node:stream'
import type { Copy, Database, ServerAccess } from '../addon-service.ts'
import { fedTo } from '../fed-program.ts'
import { outputOf } from '../piped-output.ts'
import { asOwner } from './accounts.ts'
import { estimated } from './count.ts'
import { DumpLines } from './dump-lines.ts'
import { DUMP_PACKET_BYTES, PACKET_BYTES } from './packets.ts'
import { ask, besideServer } from './session.ts'

const WHOLE = `--default-character-set=utf8mb4 --single-transaction --quick --routines --triggers --events --hex-blob --max-allowed-packet=${DUMP_PACKET_BYTES}`

/** Only statements are taken: in a dump stands what apps called their things, and the client has commands that run programs. */
const RESTORE = `read -r MYSQL_PWD
export MYSQL_PWD
exec mariadb --no-defaults --socket="$PAAS_DATA_DIRECTORY/s/m" --user="$1" --database="$2" --binary-mode --sandbox \\
  --max-allowed-packet=${DUMP_PACKET_BYTES}`

/** Consistent at one moment for tables of InnoDB, which all are unless an app asks for another engine. */
export async function dumped(access: ServerAccess, database: Database, signal: AbortSignal): Promise<Copy> {
  const { bytes, facts } = await estimated(access, database)
  const pipe = await access.pipe(besideServer('mariadb-dump', WHOLE, { values: [database.name] }))
  pipe.stdin.end()
  return { bytes, facts: Promise.resolve(facts), stream: outputOf(pipe, 'mariadb-dump', signal) }
}

/** Signed in as the owner, with what apps may. Statements are as long as they have to be, for the time that it takes. */
export async function restored(
  access: ServerAccess,
  database: Database,
  from: Readable,
  signal: AbortSignal,
): Promise<void> {
  await asOwner(access, database, async ({ user, password }) => {
    await ask(access, `SET GLOBAL max_allowed_packet = ${DUMP_PACKET_BYTES};`)
    try {
      const pipe = await access.pipe(['/bin/sh', '-c', RESTORE, 'mariadb', user, database.name])
      await fedTo(pipe, 'mariadb', { before: `${password}\n`, from, through: [new DumpLines()], signal })
    } finally {
      await ask(access, `SET GLOBAL max_allowed_packet = ${PACKET_BYTES};`)
    }
  })
}
