import { supervised } from '../supervise.ts'

/**
 * Makes the system tables beside their place and moves them there when they are whole, so that making them can be interrupted
 * and begun anew. The account of the platform is that of the user that the server runs as; it gets in by the socket below the
 * data directory, where the kernel tells who asks, and has no password. Where openssl is, the server has a key and a
 * certificate of its own. What it sorts on disk is there too, where there is room.
 */
const MAKE = `set -eu
umask 077
cd "$PAAS_DATA_DIRECTORY"
rm -rf tmp
mkdir tmp
export TMPDIR="$PAAS_DATA_DIRECTORY/tmp"
if [ ! -d data ]; then
  rm -rf new
  mariadb-install-db --no-defaults --datadir="$PAAS_DATA_DIRECTORY/new" --auth-root-authentication-method=socket \\
    --auth-root-socket-user="$(id -un)" --skip-test-db --skip-name-resolve >new.log 2>&1 ||
    { grep ERROR new.log | tail -n 3 >&2; exit 1; }
  rm new.log
  if command -v openssl >/dev/null 2>&1; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=mariadb \\
      -keyout new/server.key -out new/server.crt 2>/dev/null || rm -f new/server.key new/server.crt
  fi
  mv new data
fi
mkdir -p s
rm -f s/m
[ ! -f data/server.key ] || set -- "$@" --ssl-key="$PAAS_DATA_DIRECTORY/data/server.key" --ssl-cert="$PAAS_DATA_DIRECTORY/data/server.crt"
`

const START =
  'mariadbd --no-defaults --datadir="$PAAS_DATA_DIRECTORY/data" --port="$PORT" --socket="$PAAS_DATA_DIRECTORY/s/m" --pid-file="$PAAS_DATA_DIRECTORY/s/pid" "$@"'

export const LAUNCH_SCRIPT = MAKE + supervised(START, 'TERM')
