import { execFileSync } from 'node:child_process'
import { delimiter, dirname } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { BuildEvent } from './build.ts'
import { BuildFixture } from './build-fixture.ts'
import { ampleLimits, answerOf, docker, doneOf, onDocker, removeImagesOf } from './docker-fixture.ts'
import { exampleFiles, filesIn } from './example-plan.ts'
import { type FixtureEntry, TemporaryDirectory } from './source-fixture.ts'

const APP = `app_languages_${process.pid}`
const COMPILERS = ['gcc', 'go', 'cargo', 'rustc', 'javac', 'mvn', 'composer', 'pip3', 'mix']
/** The first build of a language installs its Debian packages. */
const PATIENCE_MS = 280_000
/** Hundreds of packages, and a bundler. */
const STARTER_PATIENCE_MS = 600_000

afterAll(() => removeImagesOf(APP))

type Expected = { example: string; answer: string; path?: string; edit?: string; cached?: number }

const EXAMPLES: Expected[] = [
  { example: 'node-pnpm', answer: 'up for', edit: 'server.js', cached: 2 },
  { example: 'node-yarn', answer: 'up for', edit: 'server.js', cached: 1 },
  { example: 'node-yarn-berry', answer: 'up for', edit: 'server.js', cached: 1 },
  { example: 'node-yarn-pnp', answer: 'up for', edit: 'server.js', cached: 1 },
  { example: 'node-bun', answer: 'up for', edit: 'server.js', cached: 1 },
  { example: 'node-workspaces', answer: 'up for', edit: 'packages/clock/clock.js', cached: 2 },
  { example: 'bun', answer: 'up for', edit: 'index.ts', cached: 1 },
  { example: 'deno', answer: 'up for', edit: 'main.ts', cached: 1 },
  { example: 'python-plain', answer: 'Hello from Python 3.11' },
  { example: 'python-vendored', answer: 'Hello, vendored wheel!', edit: 'hello.py', cached: 1 },
  { example: 'go-vendored', answer: 'Hello, Go! from a template' },
  { example: 'rust-plain', answer: 'Hello from Rust' },
  { example: 'php-plain', answer: 'Hello from PHP 8 on /any/path?x=1, ÜMLAUT, 5000', path: '/any/path?x=1' },
  { example: 'ruby-plain', answer: 'Hello from Ruby 3.1' },
  { example: 'java-plain', answer: 'Hello from Java 17' },
  { example: 'elixir-plain', answer: 'Hello from Elixir 1.14' },
]

/** What each makes of a page; those without a lock file get what is new today. */
const FRAMEWORKS: Expected[] = [
  { example: 'node-next', answer: 'Hello from Next.js', edit: 'app/page.jsx', cached: 2 },
  { example: 'node-nuxt', answer: 'Hello from Nuxt' },
  { example: 'node-react-router', answer: 'Hello from React Router' },
  { example: 'node-sveltekit', answer: 'Hello from SvelteKit' },
  { example: 'node-astro', answer: 'Hello from Astro, for /' },
  { example: 'node-astro-static', answer: "Hello from Astro's files" },
  { example: 'node-angular', answer: 'Hello from Angular', path: '/any/path' },
  { example: 'node-vite', answer: 'Hello from Vite', path: '/any/path' },
]

/**
 * What has no lock file takes what is new today, and minutes: it is built where that is asked for, not at each push of ours.
 * The starters below are of the same frameworks.
 */
const REPEATABLE = FRAMEWORKS.filter(({ example }) =>
  exampleFiles(example).some(({ name }) => name === 'package-lock.json'),
)
const WANTED = process.env['PAAS_TEST_FRAMEWORKS'] === 'all' ? FRAMEWORKS : REPEATABLE

/** Makes an edit that no earlier run has made: what it built may still be cached. */
const SPACES = ' '.repeat(1 + (process.pid % 1_000))

describe.each([
  { examples: EXAMPLES, patience: PATIENCE_MS },
  { examples: WANTED, patience: STARTER_PATIENCE_MS },
])('within $patience ms', ({ examples, patience }) => {
  test.each(examples)(
    '$example builds, answers on PORT, and its image has no compiler',
    async ({ example, answer, path = '/', edit, cached }) => {
      using box = new BuildFixture()
      const files = exampleFiles(example)
      const { image } = doneOf(await build(box, files, patience), box)
      expect(answerOf(image, path)).toContain(answer)
      const there = docker(
        'run',
        '--rm',
        image,
        'sh',
        '-c',
        `for c in ${COMPILERS.join(' ')}; do command -v $c; done; true`,
      )
      expect(there).toBe('')
      if (edit === undefined) return
      const edited = files.map((file) =>
        file.name === edit ? { ...file, content: `${file.content}${SPACES}\n` } : file,
      )
      expect(await build(box, edited, patience)).toMatchObject({ type: 'done', cachedSteps: cached })
    },
    patience,
  )
})

test(
  'a package.json beside another language is built first, and leaves what it made in the tree but no packages',
  async () => {
    const script = 'mkdir -p static/deep node_modules/x && node -p 6*7 > static/deep/answer && echo changed > app.txt'
    using box = new BuildFixture()
    const done = await build(box, [
      ...exampleFiles('python-plain'),
      { name: 'package.json', content: JSON.stringify({ scripts: { build: script } }) },
      { name: 'app.txt', content: 'as pushed' },
    ])
    const { image } = doneOf(done, box)
    expect(box.text).toContain('Python app detected')
    const look = 'cat app.txt static/deep/answer; stat -c %U static app.txt app.py; ls -d node_modules || true'
    expect(docker('run', '--rm', image, 'sh', '-c', look)).toBe('changed\n42\napp\napp\napp\n')
    expect(answerOf(image, '/')).toContain('Hello from Python')
  },
  PATIENCE_MS,
)

/** What people start from, as npm has it: those that need no template from elsewhere. */
const STARTERS = [
  { argv: ['create-vite@latest', 'app', '--template', 'react-ts', '--no-interactive'], answer: '<div id="root">' },
  { argv: ['create-vite@latest', 'app', '--template', 'vue', '--no-interactive'], answer: '<div id="app">' },
  // Its fuller page wants a font of Google's while it is built.
  {
    argv: ['create-next-app@latest', 'app', '--yes', '--empty', '--skip-install', '--disable-git'],
    answer: 'Hello world!',
  },
  {
    argv: ['sv@latest', 'create', 'app', '--template', 'minimal', '--types', 'ts', '--no-add-ons', '--no-install'],
    answer: 'Welcome to SvelteKit',
  },
]

test.each(STARTERS)(
  'the starter of $argv is built as it comes, and answers',
  async ({ argv, answer }) => {
    using box = new BuildFixture()
    using directory = new TemporaryDirectory()
    const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter)
    execFileSync('npx', ['--yes', ...argv], {
      cwd: directory.path,
      env: { ...process.env, PATH },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const done = await build(box, filesIn(directory.join('app')), STARTER_PATIENCE_MS)
    const { image } = doneOf(done, box)
    expect(answerOf(image, '/')).toContain(answer)
  },
  STARTER_PATIENCE_MS,
)

function build(box: BuildFixture, files: FixtureEntry[], timeoutMs = PATIENCE_MS): Promise<BuildEvent | undefined> {
  return box.build(files, {
    ...onDocker(APP),
    limits: ampleLimits(timeoutMs),
  })
}
