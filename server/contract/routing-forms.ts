import { duration, type Forms, listOf, oneOf, onOff, pairOf, size, text } from './setting-forms.ts'

/** Everything that `routing:set` takes, in the order in which it is shown. */
export const ROUTING_FORMS: Forms = {
  sticky: onOff,
  concurrency: pairOf('perInstance', 'queue', 'requests per instance and how many wait, such as 20/50', () => ({})),
  'canonical-host': text,
  'auth-realm': text,
  allow: listOf('addresses and ranges'),
  'rate-limit': pairOf('perSecond', 'burst', 'requests a second and how many at once, such as 10/20', (burst) => ({
    burst,
  })),
  'max-body': size,
  compress: onOff,
  underscores: onOff,
  'connect-timeout': duration,
  'first-byte-timeout': duration,
  'idle-timeout': duration,
  'websocket-idle-timeout': duration,
  'drain-timeout': duration,
  tls: oneOf('auto', 'custom', 'off'),
  'https-redirect': onOff,
  hsts: duration,
}
