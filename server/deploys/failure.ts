/** A deploy that cannot go on because of the app, not the platform: a result with the way out, told to whoever pushed. */
export class DeployFailure extends Error {
  readonly fix: string | undefined
  readonly command: string | undefined

  constructor(reason: string, help: { fix?: string | undefined; command?: string | undefined } = {}) {
    super(reason)
    this.name = 'DeployFailure'
    this.fix = help.fix
    this.command = help.command
  }
}

/** Lines for whoever pushed, in Heroku's form and without `remote: `. */
export type Say = (line: string) => void

export const heading = (text: string) => `-----> ${text}`
export const detail = (text: string) => `       ${text}`
export const warning = (text: string) => ` !     ${text}`
