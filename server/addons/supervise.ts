/**
 * For a shell that stands before a server: what it is given to run goes on until it ends; being asked to stop becomes the
 * signal that makes the server end soon and whole. Constant text; values travel as positional parameters and variables.
 */
export function supervised(start: string, stopSignal: string): string {
  return `${start} &
child=$!
trap 'kill -${stopSignal} "$child" 2>/dev/null || :' TERM INT
code=0
wait "$child" || code=$?
while kill -0 "$child" 2>/dev/null; do code=0; wait "$child" || code=$?; done
exit "$code"
`
}
