import { expect, test } from 'vitest'
import { BuildFailure } from '../errors.ts'
import { LANGUAGES } from '../languages.ts'
import { OWN_NAMES, readReference } from './reference.ts'

test.each([
  ['python', { kind: 'own', name: 'python' }],
  ['heroku/nodejs', { kind: 'own', name: 'node' }],
  ['heroku/gradle', { kind: 'own', name: 'java' }],
  ['heroku-community/static', { kind: 'own', name: 'static' }],
  ['heroku-community/apt', { kind: 'built-in' }],
  ['./python', { kind: 'folder', path: 'python' }],
  ['build/packs/mine/', { kind: 'folder', path: 'build/packs/mine' }],
  ['packs/@own', { kind: 'folder', path: 'packs/@own' }],
  ['https://host.test/x.git', { kind: 'git', url: 'https://host.test/x.git', ref: undefined }],
  ['https://host.test/x#v1.2/fix-3', { kind: 'git', url: 'https://host.test/x', ref: 'v1.2/fix-3' }],
  ['https://host.test/a/b.tgz', { kind: 'tarball', url: 'https://host.test/a/b.tgz' }],
  ['https://host.test/a.tar.gz?x=1', { kind: 'tarball', url: 'https://host.test/a.tar.gz?x=1' }],
])('%s is understood', (written, expected) => {
  expect(readReference(written)).toMatchObject({ ...expected, written })
})

test.each([
  ['http://host.test/x.git', 'https only'],
  ['git@host.test:x/y.git', 'https only'],
  ['ssh://git@host.test/x', 'https only'],
  ['ext::sh -c touch% /tmp/x', 'https only'],
  ['file:///etc', 'https only'],
  ['https://me:secret@host.test/x.git', 'user name or a password'],
  ['https://host.test/x.git#--upload-pack=x', 'no branch, tag or commit'],
  ['https://host.test/x.git#a:b', 'no branch, tag or commit'],
  ['https://host.test/x.git#a..b', 'no branch, tag or commit'],
  ['../elsewhere', 'no address, no folder and no language'],
  ['/etc', 'no address, no folder and no language'],
  ['a/../b', 'no address, no folder and no language'],
  ['', 'no address, no folder and no language'],
  ['heroku/clojure', 'there is no clojure'],
])('%s is refused, and no secret is repeated', (written, reason) => {
  try {
    readReference(written)
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(BuildFailure)
    expect(error).toMatchObject({ code: 'buildpack.invalid', message: expect.stringContaining(reason) })
    expect(String(error)).not.toContain('secret')
  }
})

test('every language of ours can be named', () => {
  expect([...OWN_NAMES].sort()).toEqual([...LANGUAGES.map(({ buildpack }) => buildpack.name), 'static'].sort())
})
