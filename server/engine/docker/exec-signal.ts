import { setTimeout as delay } from 'node:timers/promises'
import { type Connection, statusOf } from './connection.ts'

/**
 * The engine signals containers, not what runs inside them: a shell in the container does. It looks for the mark in the
 * environments there, and signals the sessions of those that carry it, so that what has thrown its environment away is
 * reached too; never the session of the app. With builtins alone: there may be no room for another process. SIGKILL is
 * given until nobody is left who can start others.
 */
const SIGNAL_MARKED = `
mark=$1 signal=$2 left=20
while [ "$left" -gt 0 ]; do
  left=$((left - 1)) sessions=' '
  for place in /proc/[0-9]*; do
    { while IFS= read -r line || [ -n "$line" ]; do
        case $line in *"PAAS_EXEC=$mark"*) read -r stat <"$place/stat" && set -- \${stat##*) } && sessions="$sessions$4 " ;; esac
      done <"$place/environ"; } 2>/dev/null
  done
  [ "$sessions" = ' ' ] && exit
  for place in /proc/[0-9]*; do
    { read -r stat <"$place/stat"; } 2>/dev/null || continue
    set -- \${stat##*) }
    [ "$4" = 1 ] && continue
    case $sessions in *" $4 "*) kill -s "$signal" "\${place#/proc/}" 2>/dev/null ;; esac
  done
  [ "$signal" = KILL ] || exit
done`

/** Of a signal: the shell has a few hundred processes to look at. */
const PATIENCE_MS = 10_000
const POLL_MS = 20

type SignalName = 'SIGINT' | 'SIGTERM' | 'SIGKILL' | 'SIGHUP'

/** To everything that carries the mark in a container. One that does not run has nothing; in one without a shell nobody is told. */
export async function signalMarked(connection: Connection, id: string, mark: string, name: SignalName): Promise<void> {
  const command = ['/bin/sh', '-c', SIGNAL_MARKED, 'paas-signal', mark, name.slice('SIG'.length)]
  try {
    const exec = await connection.ask((docker) => docker.getContainer(id).exec({ Cmd: command }))
    await connection.ask(() => exec.start({ Detach: true }))
    const deadline = Date.now() + PATIENCE_MS
    while (Date.now() < deadline && (await connection.ask(() => exec.inspect())).Running) await delay(POLL_MS)
  } catch (error) {
    if (statusOf(error) === undefined) throw error
  }
}
