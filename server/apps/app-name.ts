import { randomInt } from 'node:crypto'
import { AppName } from '../contract/names.ts'
import { PaasError } from '../errors.ts'

/** Every app answers at `<name>.<base domain>`: names that visitors would take for the platform's own are kept back. */
const RESERVED = new Set(
  `paas www api console admin git registry router app apps dashboard login auth account status static assets cdn
   mail smtp imap ftp ssh ns ns1 ns2 dns mx webmail autoconfig autodiscover wpad isatap localhost local root system
   platform internal docs help support security abuse postmaster hostmaster webmaster`.split(/\s+/),
)

const ADJECTIVES =
  'amber brave bright calm clear cosmic crisp curious curved deep eager early fair fresh gentle glad golden green happy honest humble jolly keen kind light lively lucky lunar mellow merry mighty misty modest noble open polite prime proud quick quiet rapid ready royal sharp shiny silent silver smooth snowy solar solid steady sunny swift tender tidy vivid warm wild wise witty'.split(
    ' ',
  )
const NOUNS =
  'anchor badger bay beacon birch breeze bridge brook canyon cedar cliff cloud comet coral cove creek dawn delta dune eagle ember falcon fern field fjord forest fox garden glacier grove harbor hawk heron hill island lake lantern leaf maple meadow mesa moon moss oak ocean orbit otter peak pebble pine plain pond prairie raven reef ridge river robin sail shore sky sparrow spring star stone stream summit thicket tide trail valley wave willow wind'.split(
    ' ',
  )

/** Throws `app.invalid-name` or `app.reserved`. */
export function checkAppName(name: string): void {
  const parsed = AppName.safeParse(name)
  if (!parsed.success) {
    const message = parsed.error.issues[0]?.message ?? 'it is not valid'
    throw new PaasError('invalid', 'app.invalid-name', `${JSON.stringify(name)} cannot be an app's name: ${message}.`, {
      errors: [{ path: 'name', message }],
    })
  }
  if (RESERVED.has(name)) {
    throw new PaasError('invalid', 'app.reserved', `The name ${name} is kept for the platform.`, {
      fix: 'Choose another name.',
    })
  }
}

/** `swift-harbor-4821` */
export function madeUpName(): string {
  return `${pick(ADJECTIVES)}-${pick(NOUNS)}-${randomInt(1000, 10_000)}`
}

function pick(words: string[]): string {
  return words[randomInt(words.length)] ?? 'app'
}
