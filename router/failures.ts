/** Every way a request can end without the app's own answer: Heroku's codes, which users already know. */
export type Failure = { status: number; description: string; severity: 'info' | 'warning' | 'error'; help: string }

export const FAILURES = {
  H10: fail(503, 'App crashed', 'The app crashed. Its owner finds the reason in the app’s log.'),
  H11: fail(503, 'Backlog too deep', 'More requests are waiting for this app than it can take. Try again shortly.'),
  H12: fail(503, 'Request timeout', 'The app did not answer in time.'),
  H13: fail(503, 'Connection closed without response', 'The app closed the connection without an answer.'),
  H14: fail(503, 'No web processes running', 'The app is stopped: it runs no web process.'),
  H15: fail(503, 'Idle connection', 'The app stopped sending in the middle of its answer.'),
  H17: fail(503, 'Poorly formatted HTTP response', 'The app answered with something that is not valid HTTP.'),
  H18: fail(503, 'Server Request Interrupted', 'The app broke off in the middle of its answer.'),
  H19: fail(503, 'Backend connection timeout', 'The app could not be reached in time.'),
  H20: fail(503, 'App boot timeout', 'The app is starting and did not become ready in time. Try again shortly.'),
  H21: fail(503, 'Backend connection refused', 'The app did not accept the connection.'),
  H26: fail(400, 'Request Error', 'The request is not well-formed HTTP.'),
  H27: { status: 499, description: 'Client Request Interrupted', severity: 'warning', help: '' },
  H28: { status: 499, description: 'Client Connection Idle', severity: 'warning', help: '' },
  H34: fail(
    503,
    'All instances quarantined',
    'None of the app’s instances could be reached for a while. Try again shortly.',
  ),
  H80: { status: 503, description: 'Maintenance mode', severity: 'info', help: 'This app is down for maintenance.' },
  H81: { status: 503, description: 'Blank app', severity: 'info', help: 'Nothing has been deployed here yet.' },
  H83: {
    status: 503,
    description: 'Planned service degradation',
    severity: 'info',
    help: 'This app is paused for a moment. Try again shortly.',
  },
  H99: fail(503, 'Platform error', 'The platform has a problem of its own. Try again shortly.'),
} as const satisfies Record<string, Failure>

export type FailureCode = keyof typeof FAILURES

function fail(status: number, description: string, help: string): Failure {
  return { status, description, severity: 'error', help }
}
