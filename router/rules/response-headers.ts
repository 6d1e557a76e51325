/** Header lines for every answer of an app, in place of its own of the same names. Without a value: its own is left out. */
export class ResponseHeaders {
  readonly names: ReadonlySet<string>
  readonly lines: string

  constructor(headers: readonly { name: string; value: string }[]) {
    this.names = new Set(headers.map(({ name }) => name.toLowerCase()))
    this.lines = headers.map(({ name, value }) => (value === '' ? '' : `${name}: ${value}\r\n`)).join('')
  }
}
