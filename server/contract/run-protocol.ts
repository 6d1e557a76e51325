/** WebSocket subprotocols of a terminal (frames: run.ts). Apart from the schemas, so that a browser can name them without those. */
export const RUN_PROTOCOL = 'paas.run.v1'
export const RUN_TICKET_PREFIX = 'paas.ticket.'

/** The first byte of a binary frame. */
export const RUN_CHANNEL = { stdin: 0, stdout: 1, stderr: 2 } as const
