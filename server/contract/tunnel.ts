import { z } from 'zod'

export const OpenTunnel = z.object({
  /** Where the caller listens on a machine of their own: it stands in `url`. */
  port: z.int().min(1).max(65_535),
})

/**
 * Each `WS /api/v1/tunnels/:tunnel/connect` with the WebSocket subprotocol `paas.ticket.<ticket>` (beside `paas.tunnel.v1`) is
 * one connection to the addon; binary frames are its bytes, both ways. The ticket opens any number of them while whoever asked
 * for it may still use the addon; one that carries nothing for an hour is forgotten.
 */
export const OpenedTunnel = z.object({
  id: z.string(),
  addon: z.string(),
  ticket: z.string(),
  /** With the login of the app, for 127.0.0.1 at the port that was named. */
  url: z.string(),
})
export type OpenedTunnel = z.infer<typeof OpenedTunnel>

export const TUNNEL_PROTOCOL = 'paas.tunnel.v1'
export const TUNNEL_TICKET_PREFIX = 'paas.ticket.'
