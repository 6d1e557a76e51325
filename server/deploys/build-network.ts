import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FetchNetwork } from '../../builder/build.ts'
import type { BoxSettings } from '../contract/box-settings.ts'

/** What is on the machine, or in the build itself, is not asked for by way of a proxy. */
const LOCAL = ['localhost', '127.0.0.1', '::1']

type Proxies = Pick<BoxSettings, 'httpProxy' | 'httpsProxy' | 'noProxy' | 'certificates'>

export type BuildNetworkOptions = {
  settings: () => Proxies
  /** Of the environment: a PEM file of the machine. */
  bundle: string | null
  sourceHosts: string[]
  /** The file of both is kept there. */
  directory: string
}

/** What the machine's own network asks of builds: proxies to go by, authorities to trust. Looked up at the start of each build. */
export class BuildNetwork {
  readonly #options: BuildNetworkOptions
  #written = ''

  constructor(options: BuildNetworkOptions) {
    this.#options = options
  }

  /** A PEM file of the authorities that the box has beside the public ones; null where it has none. */
  certificates(): string | null {
    const { bundle, directory, settings } = this.#options
    const { certificates } = settings()
    if (certificates === null) return bundle
    const all = `${bundle === null ? '' : readFileSync(bundle, 'utf8')}\n${certificates}\n`
    const file = join(directory, 'certificates.pem')
    if (all === this.#written) return file
    mkdirSync(directory, { recursive: true })
    writeFileSync(`${file}.new`, all)
    renameSync(`${file}.new`, file)
    this.#written = all
    return file
  }

  /** In the spellings that tools read. Empty without a proxy. */
  variables(): Record<string, string> {
    const { httpProxy, httpsProxy, noProxy } = this.#options.settings()
    if (httpProxy === null && httpsProxy === null) return {}
    const values = {
      HTTP_PROXY: httpProxy,
      HTTPS_PROXY: httpsProxy,
      NO_PROXY: [...new Set([...LOCAL, ...noProxy])].join(','),
    }
    const set = Object.entries(values).filter((pair): pair is [string, string] => pair[1] !== null)
    return Object.fromEntries(
      set.flatMap(([name, value]) => [
        [name, value],
        [name.toLowerCase(), value],
      ]),
    )
  }

  /** For what the builder fetches itself, by https alone. */
  fetching(): FetchNetwork {
    const { httpsProxy, noProxy } = this.#options.settings()
    return { privateHosts: this.#options.sourceHosts, proxy: httpsProxy, noProxy: [...LOCAL, ...noProxy] }
  }
}
