import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { FILES, ROOT, read } from './repository.ts'

const DOCUMENTS = FILES.filter((file) => file.endsWith('.md') && !file.startsWith('builder/examples/'))

describe('the documents', () => {
  test('lead to files and sections that are there', () => {
    const links = DOCUMENTS.flatMap((file) =>
      [...read(file).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => ({ file, target: match[1] ?? '' })),
    )
    const local = links.filter(({ target }) => !/^https?:/.test(target))
    expect(local.filter((link) => !leadsSomewhere(link)).map(({ file, target }) => `${file}: ${target}`)).toEqual([])
  })

  test.each(['server/config.ts', 'router/config.ts'])('name every variable that %s reads', (config) => {
    const operating = read('docs/operating.md')
    const variables = new Set(read(config).match(/\bPAAS_[A-Z_]+\b/g))
    expect([...variables].filter((name) => !operating.includes(`\`${name}\``))).toEqual([])
  })

  test('name files that are there', () => {
    const named = DOCUMENTS.flatMap((file) =>
      [...read(file).matchAll(/`((?:server|router|builder|cli|test|scripts|bench)\/[\w./-]+\.(?:ts|sql|mjs))`/g)].map(
        (match) => ({ file, path: match[1] ?? '' }),
      ),
    )
    expect(named.filter(({ path }) => !existsSync(join(ROOT, path)))).toEqual([])
  })
})

function leadsSomewhere({ file, target }: { file: string; target: string }): boolean {
  const [path = '', section] = target.split('#')
  const absolute = path === '' ? join(ROOT, file) : join(ROOT, dirname(file), path)
  if (!existsSync(absolute)) return false
  return section === undefined || sectionsOf(absolute.slice(ROOT.length + 1)).includes(section)
}

/** Anchors as GitHub makes them. */
function sectionsOf(file: string): string[] {
  return [...read(file).matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .trim()
      .replace(/\s/g, '-'),
  )
}
