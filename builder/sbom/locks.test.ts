import { expect, test } from 'vitest'
import { bunLock, npmLock, pnpmLock, yarnLock } from './node-locks.ts'
import {
  cargoLock,
  composerLock,
  gemfileLock,
  goMod,
  pipfileLock,
  poetryLock,
  requirements,
  uvLock,
} from './other-locks.ts'
import type { LockedPackage } from './package.ts'

const shown = (packages: LockedPackage[]) =>
  packages.map(({ name, version, development }) => `${name} ${version}${development ? ' dev' : ''}`)

test('package-lock.json: nested and renamed packages count, links and the app itself do not', () => {
  const packages = {
    '': { name: 'shop', version: '1.0.0' },
    'packages/ui': { name: 'ui', version: '1.0.0' },
    'node_modules/ui': { link: true },
    'node_modules/express': { version: '4.18.2', integrity: 'sha512-AAAA' },
    'node_modules/express/node_modules/@types/ms': { version: '0.7.0', dev: true },
    'node_modules/alias': { name: 'left-pad', version: '1.3.0' },
  }
  const found = npmLock(JSON.stringify({ lockfileVersion: 3, packages }))
  expect(shown(found)).toEqual(['express 4.18.2', '@types/ms 0.7.0 dev', 'left-pad 1.3.0'])
  expect(found[0]?.integrity).toBe('sha512-AAAA')
})

test('package-lock.json of npm 6 is a tree', () => {
  const dependencies = { a: { version: '1.0.0', dependencies: { b: { version: '2.0.0', dev: true } } } }
  expect(shown(npmLock(JSON.stringify({ lockfileVersion: 1, dependencies })))).toEqual(['a 1.0.0', 'b 2.0.0 dev'])
})

test('yarn.lock, of Yarn 1 and later', () => {
  const classic = [
    '# yarn lockfile v1',
    '',
    '',
    '"@babel/core@^7.0.0", "@babel/core@^7.1.0":',
    '  version "7.24.0"',
    '  integrity sha512-BBBB',
    '  dependencies:',
    '    ms "^2.0.0"',
    '',
    'ms@^2.0.0:',
    '  version "2.1.3"',
    '',
  ].join('\n')
  expect(shown(yarnLock(classic))).toEqual(['@babel/core 7.24.0', 'ms 2.1.3'])
  expect(yarnLock(classic)[0]?.integrity).toBe('sha512-BBBB')
  const berry = [
    '__metadata:',
    '  version: 8',
    '',
    '"ms@npm:^2.0.0":',
    '  version: 2.1.3',
    '  resolution: "ms@npm:2.1.3"',
    '',
    '"shop@workspace:.":',
    '  version: 0.0.0-use.local',
    '  resolution: "shop@workspace:."',
    '',
  ].join('\n')
  expect(shown(yarnLock(berry))).toEqual(['ms 2.1.3'])
})

test('pnpm-lock.yaml, as versions 5, 6 and 9 write it', () => {
  const lock = (...keys: string[]) =>
    `lockfileVersion: x\n\npackages:\n\n${keys.map((key) => `  ${key}:\n    resolution: {integrity: sha512-CCCC}\n`).join('\n')}\nsnapshots:\n\n  later@1.0.0: {}\n`
  for (const keys of [
    ['/@a/b/1.0.0', '/c/2.0.0_react@18.0.0'],
    ['/@a/b@1.0.0', '/c@2.0.0(react@18.0.0)'],
    ["'@a/b@1.0.0'", 'c@2.0.0'],
  ]) {
    expect(shown(pnpmLock(lock(...keys)))).toEqual(['@a/b 1.0.0', 'c 2.0.0'])
    expect(pnpmLock(lock(...keys))[1]?.integrity).toBe('sha512-CCCC')
  }
})

test('bun.lock, without members of the workspace', () => {
  const lock = `{
  "lockfileVersion": 1,
  "workspaces": { "": { "name": "shop" } },
  "packages": {
    "@a/b": ["@a/b@1.0.0", "", { "dependencies": { "c": "^2" } }, "sha512-DDDD"],
    "ui": ["ui@workspace:packages/ui"],
    "c": ["c@2.0.0", "", {}, "sha512-EEEE"],
  }
}`
  expect(shown(bunLock(lock))).toEqual(['@a/b 1.0.0', 'c 2.0.0'])
  expect(bunLock(lock)[0]?.integrity).toBe('sha512-DDDD')
})

test('requirements.txt: only what is pinned names a version', () => {
  const text = 'Django==5.0.1\nuvicorn[standard] == 0.29.0 ; python_version > "3.8"\nflask>=3\n# x==1\n-r more.txt\n'
  expect(shown(requirements(text))).toEqual(['Django 5.0.1', 'uvicorn 0.29.0'])
})

test('Pipfile.lock, poetry.lock and uv.lock', () => {
  const pipfile = { default: { flask: { version: '==3.0.0' }, local: {} }, develop: { pytest: { version: '==8.0.0' } } }
  expect(shown(pipfileLock(JSON.stringify(pipfile)))).toEqual(['flask 3.0.0', 'pytest 8.0.0 dev'])
  const toml = '[[package]]\nname = "idna"\nversion = "3.7"\n\n[package.extras]\nversion = "x"\n'
  expect(shown(poetryLock(toml))).toEqual(['idna 3.7'])
  const own = '[[package]]\nname = "shop"\nversion = "0.1.0"\nsource = { virtual = "." }\n\n'
  expect(shown(uvLock(own + toml))).toEqual(['idna 3.7'])
})

test('Cargo.lock, go.mod, Gemfile.lock and composer.lock', () => {
  const member = '[[package]]\nname = "shop"\nversion = "0.1.0"\n\n'
  const crate = '[[package]]\nname = "serde"\nversion = "1.0.0"\nsource = "registry+https://example.test"\n'
  expect(shown(cargoLock(member + crate))).toEqual(['serde 1.0.0'])
  const mod =
    'module shop\n\ngo 1.22\n\nrequire github.com/a/b v1.2.3\n\nrequire (\n\tgolang.org/x/net v0.1.0 // indirect\n\t// v9 is bad\n)\n'
  expect(shown(goMod(mod))).toEqual(['golang.org/x/net v0.1.0', 'github.com/a/b v1.2.3'])
  const gems =
    'GEM\n  remote: https://example.test/\n  specs:\n    nokogiri (1.16.0-x86_64-linux)\n      racc (~> 1.4)\n    racc (1.7.3)\n\nPLATFORMS\n  x86_64-linux\n'
  expect(shown(gemfileLock(gems))).toEqual(['nokogiri 1.16.0', 'racc 1.7.3'])
  const composer = { packages: [{ name: 'a/b', version: 'v1.0.0' }], 'packages-dev': [{ name: 'c/d', version: '2.0' }] }
  expect(shown(composerLock(JSON.stringify(composer)))).toEqual(['a/b 1.0.0', 'c/d 2.0 dev'])
})
