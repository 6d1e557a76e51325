import { join, resolve } from 'node:path'

/** Where the embedded engine keeps what; `directory` is its own and nobody else writes there (images and cache: the builder). */
export class Layout {
  readonly directory: string

  constructor(directory: string) {
    this.directory = resolve(directory)
  }

  get images(): string {
    return join(this.directory, 'images')
  }
  get cache(): string {
    return join(this.directory, 'cache')
  }
  get instances(): string {
    return join(this.directory, 'instances')
  }
  get runs(): string {
    return join(this.directory, 'runs')
  }
  get logs(): string {
    return join(this.directory, 'logs')
  }
  get scratch(): string {
    return join(this.directory, 'scratch')
  }
  get data(): string {
    return join(this.directory, 'data')
  }
  get programs(): string {
    return join(this.directory, 'programs')
  }
  get ports(): string {
    return join(this.directory, 'ports.json')
  }
  get identity(): string {
    return join(this.directory, 'identity')
  }
  get imageOwners(): string {
    return join(this.directory, 'image-owners.json')
  }

  logsOf(id: string): string {
    return join(this.logs, id)
  }
  home(id: string): string {
    return join(this.scratch, id, 'home')
  }
  temporary(id: string): string {
    return join(this.scratch, id, 'tmp')
  }
  exitFile(id: string): string {
    return join(this.scratch, id, 'exit')
  }
  terminalFile(id: string): string {
    return join(this.scratch, id, 'terminal')
  }
}
