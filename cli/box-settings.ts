import { duration, listOf, onOff, text } from './setting-forms.ts'
import type { Forms } from './settings.ts'

/** Everything that `box:set` takes, in the order in which it is shown. */
export const BOX_FORMS: Forms = {
  'base-domain': text,
  'platform-host': text,
  'boot-timeout': duration,
  monitor: duration,
  'trusted-proxies': listOf('addresses and ranges'),
  'proxy-protocol': onOff,
}
