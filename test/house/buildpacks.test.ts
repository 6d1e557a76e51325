import { expect, test } from 'vitest'
import { pickBuildpacks } from '../../builder/classic/plan.ts'
import { OWN_NAMES, readReference } from '../../builder/classic/reference.ts'
import {
  BUILDPACK_LANGUAGES,
  Buildpack,
  isBuiltIn,
  isLanguage,
  misplacedLanguage,
} from '../../server/contract/buildpack.ts'

const WRITTEN = [
  ...BUILDPACK_LANGUAGES,
  ...['heroku/nodejs', 'heroku/gradle', 'heroku/python', 'urn:buildpack:heroku/ruby', 'heroku-community/static'],
  ...['heroku-community/apt', 'apt', 'nodejs', 'bun', 'heroku/clojure', './python', 'packs/mine/', 'packs/@own', 'a b'],
  ...['https://host.test/x.git', 'https://host.test/x#v1.2/fix-3', 'https://host.test/x#', 'https://host.test/a.tgz#x'],
  ...['http://host.test/x', 'git@host.test:x', 'ssh://g@host.test/x', 'ext::sh -c x', 'https://a:b@host.test/x'],
  ...[
    'https://host.test/x#--upload-pack=x',
    'https://host.test/x#a:b',
    'https://host.test/x#a..b',
    'https://host.test/x#a.lock',
  ],
  ...['../elsewhere', '/etc', 'a/../b', 'a/./b', '', ' ', '-x', 'https://', 'C:\\x'],
]

test.each(WRITTEN)('%j means the same to the API that takes it and to the builder', (written) => {
  const read = () => {
    try {
      return readReference(written).kind
    } catch {
      return 'refused'
    }
  }
  const kind = read()
  expect(Buildpack.safeParse(written).success ? 'taken' : 'refused').toBe(kind === 'refused' ? 'refused' : 'taken')
  if (kind === 'refused') return
  expect([isLanguage(written), isBuiltIn(written)]).toEqual([kind === 'own', kind === 'built-in'])
})

const PAIRS = ['apt', './pack', ...BUILDPACK_LANGUAGES, 'heroku/nodejs', 'bun'].flatMap((first, _, all) =>
  all.map((second) => [first, second]),
)

test.each(PAIRS)('%s before %s is taken by both or by neither', (...written) => {
  const picked = () => {
    try {
      pickBuildpacks({ written, because: '' })
      return true
    } catch {
      return false
    }
  }
  expect(misplacedLanguage(written) === undefined).toBe(picked())
})

test('they know the same languages', () => {
  expect(BUILDPACK_LANGUAGES).toEqual(OWN_NAMES)
})
