import { BuildFailure } from './errors.ts'

/** Debian Policy 5.6.1, with an architecture or a version behind it, as apt-get takes them. */
const PACKAGE = /^[a-z0-9][a-z0-9+.-]+(?::[a-z0-9]+)?(?:=[A-Za-z0-9.+~:-]+)?$/

/** Debian packages for the image, one a line; `#` begins a comment. Throws BuildFailure with the line that is none. */
export function parseAptfile(text: string): string[] {
  const packages: string[] = []
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.replace(/(?:^|\s)#.*$/, '').trim()
    if (line === '') continue
    for (const name of line.split(/\s+/)) {
      if (!PACKAGE.test(name)) throw invalid(index + 1, name)
      packages.push(name)
    }
  }
  return [...new Set(packages)]
}

function invalid(line: number, name: string): BuildFailure {
  return new BuildFailure('aptfile.invalid', `The Aptfile cannot be read, line ${line}: ${name} is no package name.`, {
    fix: 'Name packages of Debian, one a line. Repositories and .deb files need a Dockerfile.',
  })
}
