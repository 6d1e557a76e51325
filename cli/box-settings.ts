import { readFileSync } from 'node:fs'
import { duration, type Form, type Forms, listOf, onOff, text } from '../server/contract/setting-forms.ts'
import { UsageError } from './errors.ts'

const CERTIFICATE = /-----BEGIN CERTIFICATE-----/g

/** Typed as the file that has them, shown as how many there are. */
const pemFile: Form = {
  hint: '@ and a file, such as @authority.pem',
  read: (given) => (given.startsWith('@') ? pemIn(given.slice(1)) : undefined),
  write: (value) => (value === null ? 'none' : `${String(value).match(CERTIFICATE)?.length ?? 0} of its own`),
}

function pemIn(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new UsageError(`There is no ${file} that could be read.`)
  }
}

/** Everything that `box:set` takes, in the order in which it is shown. */
export const BOX_FORMS: Forms = {
  'base-domain': text,
  'platform-host': text,
  'boot-timeout': duration,
  monitor: duration,
  'trusted-proxies': listOf('addresses and ranges'),
  'proxy-protocol': onOff,
  'http-proxy': text,
  'https-proxy': text,
  'no-proxy': listOf('host names and addresses'),
  certificates: pemFile,
}
