import { supervised } from '../supervise.ts'

/**
 * Waits for the accounts before it listens: without the file anybody would be let in. A copy that was put there to be brought
 * back takes the place of what there is; Redis takes it for a log of an older version, and makes one of its own form of it.
 */
const PREPARE = `set -eu
umask 077
cd "$PAAS_DATA_DIRECTORY"
until [ -f users.acl ]; do sleep 0.05; done
if [ -f restore.rdb ]; then
  rm -rf appendonlydir dump.rdb
  mv restore.rdb appendonly.aof
fi
`

const START = '"$@" --port "$PORT" --dir "$PAAS_DATA_DIRECTORY" --aclfile "$PAAS_DATA_DIRECTORY/users.acl"'

export const LAUNCH_SCRIPT = PREPARE + supervised(START, 'TERM')
