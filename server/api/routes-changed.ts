import { messageOf } from '../errors.ts'
import type { ApiServices } from './services.ts'

/**
 * Waits until the router serves what was just written down. A router that is away gets the whole table when it is back,
 * so that is no failure of the request.
 */
export async function routesChanged({ deploys, log }: Pick<ApiServices, 'deploys' | 'log'>): Promise<void> {
  try {
    await deploys.routesChanged()
  } catch (error) {
    log.warn('routes.delayed', { reason: messageOf(error) })
  }
}
