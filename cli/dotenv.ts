import { CliError } from './errors.ts'

/** Written without quotes: nothing in it that .env readers or shells give a meaning to. */
const PLAIN = /^[A-Za-z0-9_./:@%+,-]+$/

/** One `NAME=value` that `config:import` and `util.parseEnv` read back as it was. */
export function dotenvLine(name: string, value: string): string {
  if (value === '' || PLAIN.test(value)) return `${name}=${value}`
  const quote = ["'", '`', '"'].find((mark) => !value.includes(mark) && !(mark === '"' && value.includes('\\')))
  if (quote && !value.includes('\r')) return `${name}=${quote}${value}${quote}`
  throw new CliError(`The value of ${name} cannot be written in a .env file.`, {
    command: 'paas config:export --format json',
  })
}

/** For `eval` and `source`: single quotes, inside of which a POSIX shell changes nothing. */
export function shellLine(name: string, value: string): string {
  return `export ${name}='${value.replaceAll("'", "'\\''")}'`
}
