import satisfies from 'semver/functions/satisfies.js'
import minVersion from 'semver/ranges/min-version.js'
import validRange from 'semver/ranges/valid.js'
import { BuildFailure } from '../../errors.ts'
import type { Source } from '../../source.ts'

/** What the stack's Debian has. */
export const DEBIAN_PYTHON = '3.11'
/** Lines that python-build-standalone, the distribution of uv, still makes. */
const ELSEWHERE = ['3.9', '3.10', '3.12', '3.13', '3.14']

export type PythonVersion = {
  version: string
  because: string
  /** True for the one of Debian, which costs one package; another is fetched by uv. */
  debian: boolean
}

type Wish = { text: string; because: string }

/** The version that the app's own files ask for, in Heroku's order; Debian's where it fits. Throws BuildFailure. */
export function pythonVersion(source: Source): PythonVersion {
  const wish = wishes(source).find(({ text }) => text !== '')
  if (!wish) return { version: DEBIAN_PYTHON, because: "the default, Debian's", debian: true }
  const range = semverRange(wish.text)
  if (validRange(range) === null) throw unknown(wish)
  const fitting = [DEBIAN_PYTHON, ...ELSEWHERE].find((line) => fits(line, range))
  if (fitting === undefined) throw unknown(wish)
  return { version: fitting, because: wish.because, debian: fitting === DEBIAN_PYTHON }
}

function wishes(source: Source): Wish[] {
  const pyproject = source.text('pyproject.toml') ?? ''
  const pipfile = source.text('Pipfile') ?? ''
  const lines = (source.text('.python-version') ?? '').split('\n').map((line) => line.trim())
  return [
    { text: lines.find((line) => line !== '' && !line.startsWith('#')) ?? '', because: '.python-version' },
    { text: (source.text('runtime.txt') ?? '').trim(), because: 'runtime.txt' },
    {
      text: /^\s*python_(?:full_)?version\s*=\s*["']([^"']+)/m.exec(pipfile)?.[1] ?? '',
      because: 'python_version in Pipfile',
    },
    {
      text: /^\s*requires-python\s*=\s*["']([^"']+)/m.exec(pyproject)?.[1] ?? '',
      because: 'requires-python in pyproject.toml',
    },
    {
      text: /^\s*python\s*=\s*["']([^"']+)/m.exec(pyproject)?.[1] ?? '',
      because: 'python in the dependencies of pyproject.toml',
    },
  ]
}

/** Version specifiers as semver reads ranges. https://packaging.python.org/en/latest/specifications/version-specifiers/ */
function semverRange(text: string): string {
  return text
    .replace(/^(?:c?python|py)-?(?=\d)/i, '')
    .split(',')
    .map((part) => part.trim().replace(/\.\*$/, '.x'))
    .filter((part) => !part.startsWith('!='))
    .map((part) =>
      part
        .replace(/^={2,3}\s*/, '')
        .replace(/^~=\s*(\d+)\.(\d+)$/, '>=$1.$2 <$1.99')
        .replace(/^~=\s*/, '~'),
    )
    .join(' ')
}

/** Patch levels are not chosen by the app: the newest of the line that can be had is taken. */
function fits(line: string, range: string): boolean {
  if (satisfies(`${line}.999`, range)) return true
  const least = minVersion(range)
  return least !== null && `${least.major}.${least.minor}` === line
}

function unknown({ text, because }: Wish): BuildFailure {
  return new BuildFailure('python.no-such-version', `There is no Python that fits ${because}: ${text}.`, {
    fix: `Ask for a version that can be had: ${DEBIAN_PYTHON} is part of the stack (Debian's); ${ELSEWHERE.join(', ')} are fetched from python-build-standalone where the box reaches it.`,
    command: `echo ${DEBIAN_PYTHON} > .python-version && git add .python-version && git commit -m "Ask for Python ${DEBIAN_PYTHON}"`,
  })
}
