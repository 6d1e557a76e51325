import { posix } from 'node:path'
import type { Source } from '../../source.ts'

/** What pip is told: every requirements file that the first one leads to, and what it says. */
export type Requirements = {
  /** Paths to copy before pip runs; `['.']` where a requirement is a directory of the app itself. */
  inputs: string[]
  text: string
}

/** Follows `-r` and `-c`, and takes the directories of `--find-links` along. */
export function requirementsOf(source: Source, first: string): Requirements {
  const files = new Map<string, string>()
  const directories = new Set<string>()
  let local = false
  const follow = (path: string) => {
    const text = source.text(path)
    if (text === undefined || files.has(path)) return
    files.set(path, text)
    for (const line of text.split('\n').map((each) => each.replace(/(^|\s)#.*/, '').trim())) {
      const named = /^(?:-r|-c|--requirement|--constraint)[\s=]+(\S+)/.exec(line)?.[1]
      const links = /^(?:-f|--find-links)[\s=]+(\S+)/.exec(line)?.[1]
      if (named && !named.includes('://')) follow(posix.normalize(posix.join(posix.dirname(path), named)))
      else if (links && !links.includes('://')) directories.add(`${posix.normalize(links).replace(/\/$/, '')}/`)
      else if (/^(?:(?:-e|--editable)[\s=]+)?(?:file:|\.{0,2}\/|\.$)/.test(line)) local = true
    }
  }
  follow(first)
  return { inputs: local ? ['.'] : [...files.keys(), ...directories], text: [...files.values()].join('\n') }
}

/** Packages that come as source and stand on a library of the system, with what they need to be built and to run. */
const NATIVE: Record<string, { build: string[]; run: string[] }> = {
  psycopg2: { build: ['libpq-dev'], run: ['libpq5'] },
  'psycopg[c]': { build: ['libpq-dev'], run: ['libpq5'] },
  mysqlclient: { build: ['default-libmysqlclient-dev', 'pkg-config'], run: ['libmariadb3'] },
  pycurl: { build: ['libcurl4-openssl-dev', 'libssl-dev'], run: ['libcurl4'] },
  'python-ldap': { build: ['libldap2-dev', 'libsasl2-dev'], run: ['libldap-2.5-0', 'libsasl2-2'] },
  xmlsec: { build: ['libxmlsec1-dev', 'pkg-config'], run: ['libxmlsec1-openssl'] },
}

/** Debian packages for what is in these manifests. A compiler is there for every app that installs from an index. */
export function nativePackages(text: string): { build: string[]; run: string[] } {
  const found = Object.entries(NATIVE).filter(([name]) => names(text, name))
  const offline = /^\s*--no-index\b/m.test(text)
  return {
    build: [...(offline ? [] : ['gcc', 'libc6-dev', 'python3-dev']), ...found.flatMap(([, { build }]) => build)],
    run: found.flatMap(([, { run }]) => run),
  }
}

/** True when a manifest or lock file names this package; `psycopg2` is not `psycopg2-binary`. */
export function names(text: string, name: string): boolean {
  const literal = name.replace(/[[\]]/g, '\\$&').replace(/[-_]/g, '[-_]')
  return new RegExp(`(?:^[ \\t]*|["'])${literal}(?![\\w-])`, 'im').test(text)
}
