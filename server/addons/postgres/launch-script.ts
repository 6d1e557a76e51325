import { supervised } from '../supervise.ts'
import { ARCHIVE_SCRIPT } from './archive-script.ts'

/**
 * Makes the cluster beside its place and moves it there when it is whole, so that one that was interrupted is begun anew. Only
 * who has the socket, below the data directory, gets in without a password, and only as the account of the platform. Where
 * openssl is, the server has a key and a certificate of its own. What was recovered from an archive takes the place of what there is.
 */
const MAKE = `set -eu
umask 077
cd "$PAAS_DATA_DIRECTORY"
if [ -d recovered ]; then
  rm -rf cluster
  mv recovered cluster
fi
if [ ! -d cluster ]; then
  rm -rf new
  initdb -D new -U postgres -E UTF8 --locale=C.UTF-8 --data-checksums --auth-local=trust --auth-host=scram-sha-256 --no-instructions >&2
  printf '%s\\n' 'local all postgres trust' 'local all all reject' 'host all all all scram-sha-256' > new/pg_hba.conf
  if command -v openssl >/dev/null 2>&1; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=postgresql \\
      -keyout new/server.key -out new/server.crt 2>/dev/null || rm -f new/server.key new/server.crt
  fi
  mv new cluster
fi
grep -q '^local replication ' cluster/pg_hba.conf || echo 'local replication postgres trust' >> cluster/pg_hba.conf
cat > archive.sh <<'END'
${ARCHIVE_SCRIPT}END
mkdir -p s
[ ! -f cluster/server.key ] || set -- "$@" -c ssl=on
`

const START = 'postgres -D cluster -p "$PORT" -c unix_socket_directories="$PAAS_DATA_DIRECTORY/s" "$@"'

/** SIGINT: connections are ended, and what is committed is in the files. */
export const LAUNCH_SCRIPT = MAKE + supervised(START, 'INT')
