import { supervised } from '../supervise.ts'

/**
 * `logins` holds lines of `user:password`; what the server asks is made of it. SASL knows users of a realm, which is the name
 * that the host had when the server started. One at a time, and put in place when it is whole: the server reads it at each
 * sign-in. Passwords go through pipes, never as arguments.
 */
export const MAKE_DATABASE = `umask 077
cd "$PAAS_DATA_DIRECTORY"
exec 9<.
flock 9
make_database() {
  rm -f sasldb.new
  realm=$(cat realm)
  while IFS=: read -r user password; do
    printf '%s' "$password" | saslpasswd2 -p -c -f sasldb.new -u "$realm" "$user"
  done <logins
  chown --reference=. sasldb.new
  mv sasldb.new sasldb
}
`

/** Waits for the logins before it listens. */
const PREPARE = `set -eu
for program in memcached saslpasswd2; do
  command -v "$program" >/dev/null || { echo "$program is missing" >&2; exit 1; }
done
until [ -f "$PAAS_DATA_DIRECTORY/logins" ]; do sleep 0.05; done
${MAKE_DATABASE}
uname -n >realm
printf '%s\\n' 'mech_list: plain' 'pwcheck_method: auxprop' 'auxprop_plugin: sasldb' "sasldb_path: $PAAS_DATA_DIRECTORY/sasldb" >memcached.conf
make_database
exec 9<&-
export SASL_CONF_PATH="$PAAS_DATA_DIRECTORY"
`

const START = 'memcached --port="$PORT" "$@"'

export const LAUNCH_SCRIPT = PREPARE + supervised(START, 'TERM')
