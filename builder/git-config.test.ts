import { expect, test } from 'vitest'
import { gitConfig, submoduleSections } from './git-config.ts'

const sections = (text: string) => gitConfig(text).map(({ name, values }) => [name, Object.fromEntries(values)])

test('values belong to the section above them, whatever the spaces, quotes and case', () => {
  const text = 'lost = 1\n[lfs]\r\n\tURL = "https://lfs.test/x"\r\n# url = no\n[a "b]c"] path=lib dir\n'
  expect(sections(text)).toEqual([
    ['lfs', { url: 'https://lfs.test/x' }],
    ['a "b]c"', { path: 'lib dir' }],
  ])
})

test('only sections of submodules are submodules', () => {
  const text = '[core]\n\tpath = no\n[submodule "x"]\n\tpath = yes\n'
  expect(submoduleSections(text).map(({ values }) => values.get('path'))).toEqual(['yes'])
})

test('a file that is made to be slow is read like any other', { timeout: 2_000 }, () => {
  expect(sections(`[lfs]${'\n'.repeat(60_000)}`)).toEqual([['lfs', {}]])
  expect(sections(`[${'"'.repeat(60_000)}\n[x]\n\t\turl = ${' '.repeat(60_000)}x`)[0]).toEqual(['x', { url: 'x' }])
})
