import { AppName } from '../contract/names.ts'
import { PaasError } from '../errors.ts'

/** The app that `shop`, `shop.git` or `shop/` names. */
export function parseAppPath(path: string): string {
  const name = path.replace(/\/+$/, '').replace(/\.git$/, '')
  if (!AppName.safeParse(name).success) throw invalidName(name)
  return name
}

export function invalidName(name: string): PaasError {
  const shown = JSON.stringify(name.slice(0, 60))
  return new PaasError('invalid', 'app.invalid-name', `${shown} is not the name of an app.`, {
    fix: 'Use 1 to 30 lower-case letters, digits and dashes, beginning with a letter.',
    command: 'git remote set-url paas <address of the app>',
  })
}
