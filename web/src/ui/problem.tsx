import { ApiError, ConnectionError } from '../../../server/contract/client.ts'
import { Copy } from './copy.tsx'

/** An error as every screen shows it: what happened, the way out, a command where there is one, the request to ask about. */
export function ProblemBox({ error }: { error: unknown }) {
  if (!error) return null
  if (error instanceof ApiError) {
    const { detail, fix, command, requestId } = error.problem
    return (
      <div className="problem" role="alert">
        <p className="problem-what">{detail}</p>
        {fix && <p>{fix}</p>}
        {command && <Copy text={command} />}
        <p className="problem-id">Request {requestId}</p>
      </div>
    )
  }
  const what =
    error instanceof ConnectionError
      ? 'The box does not answer.'
      : error instanceof Error
        ? error.message
        : String(error)
  return (
    <div className="problem" role="alert">
      <p className="problem-what">{what}</p>
      {error instanceof ConnectionError && (
        <p>
          The page goes on by itself when it does; whether it has done what you last told it, look before you say it
          again. If it stays silent: <code>paas status</code> on the machine.
        </p>
      )}
    </div>
  )
}
