import { exampleFiles } from '../../builder/example-plan.ts'
import type { FixtureEntry } from '../../builder/source-fixture.ts'

/** An app to build: what to edit for a code-only change, and what a person would type to build it. */
export type Sample = {
  name: string
  example: string
  edit: string
  /** Needs the manifests alone. */
  install: string[]
  /** Needs the whole tree. */
  build: string[]
  start: string[]
}

export const SAMPLES: Sample[] = [
  { name: 'hello', example: 'hello-node', edit: 'server.js', install: [], build: [], start: ['node', 'server.js'] },
  {
    name: 'with dependencies',
    example: 'node-build',
    edit: 'src/server.ts',
    install: ['npm ci --include=dev'],
    build: ['npm run build', 'npm prune --omit=dev'],
    start: ['node', 'dist/server.js'],
  },
]

const MANIFESTS = ['package.json', 'package-lock.json']
const APP_USER = 1_000
let edits = 0

/** The tree with a change of code that no build has seen. */
export function edited({ example, edit }: Sample): FixtureEntry[] {
  edits += 1
  const mark = `// ${process.pid} ${Date.now()} ${edits}\n`
  return owned(exampleFiles(example)).map((file) =>
    file.name === edit ? { ...file, content: `${file.content}${mark}` } : file,
  )
}

export function manifests({ example }: Sample): FixtureEntry[] {
  return owned(exampleFiles(example)).filter(({ name }) => MANIFESTS.includes(name))
}

function owned(files: FixtureEntry[]): FixtureEntry[] {
  return files.map((file) => ({ ...file, uid: APP_USER, gid: APP_USER }))
}
