import type { Handlers } from './handler.ts'
import type { ApiServices } from './services.ts'

export function deployHandlers({ deploys }: ApiServices): Handlers<'deploys.info' | 'deploys.watch'> {
  return {
    'deploys.info': ({ app, params }) => deploys.get(app, params.deploy),
    'deploys.watch': ({ app, params, signal }) => {
      deploys.get(app, params.deploy)
      return deploys.watch(app, params.deploy, signal)
    },
  }
}
