import type { UpdateRouting } from '../../../server/contract/routing.ts'
import { ROUTING_FORMS } from '../../../server/contract/routing-forms.ts'
import { defineCommand, rest } from '../../command.ts'
import { updateRouting } from '../../routing-change.ts'
import { ROUTING_ELSEWHERE } from '../../routing-settings.ts'
import { readSettings } from '../../settings.ts'

const NAMES = Object.keys(ROUTING_FORMS)

export const command = defineCommand({
  about: `set how the router treats the requests of an app: ${NAMES.join(', ')}`,
  ofApp: true,
  args: { pairs: rest('NAME=VALUE') },
  examples: [
    {
      run: 'paas routing:set sticky=on rate-limit=10/20 max-body=10mb -a shop',
      shows: ['Setting sticky, rate-limit, max-body of shop... done'],
    },
    { run: 'paas routing:set concurrency=20/50 compress=on underscores=on' },
    { run: 'paas routing:set canonical-host=example.com allow=10.0.0.0/8,192.0.2.1 auth-realm="Staff only"' },
    { run: 'paas routing:set connect-timeout=2s first-byte-timeout=90s idle-timeout=5m drain-timeout=30s' },
    { run: 'paas routing:set websocket-idle-timeout=12h tls=auto https-redirect=off hsts=1y' },
    { run: 'paas routing:set max-body=default' },
  ],
  async run(context, { args: { pairs } }) {
    const changes = readSettings(pairs, ROUTING_FORMS, 'paas routing:set', ROUTING_ELSEWHERE) as UpdateRouting
    const names = pairs.map((pair) => pair.slice(0, pair.indexOf('=')))
    await updateRouting(context, (app) => `Setting ${names.join(', ')} of ${app}`, changes)
  },
})
