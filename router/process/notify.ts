/** Which process is the main one has changed when a successor says that it is ready. */
export function notifyReady(environment: NodeJS.ProcessEnv): void {
  send(environment, ['READY=1', `MAINPID=${process.pid}`])
}

export function notifyStopping(environment: NodeJS.ProcessEnv): void {
  send(environment, ['STOPPING=1'])
}

/**
 * sd_notify(3) goes over a datagram socket, which node does not have; systemd's own program does it for us. Where it is
 * missing nobody waits for the news either.
 */
function send(environment: NodeJS.ProcessEnv, lines: string[]): void {
  const { spawn } = process.getBuiltinModule('node:child_process')
  spawn('systemd-notify', lines, { env: environment, stdio: 'ignore' })
    .on('error', () => {})
    .unref()
}
