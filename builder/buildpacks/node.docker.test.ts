import { afterAll, expect, test } from 'vitest'
import { BuildFixture } from '../build-fixture.ts'
import { docker, doneOf, onDocker, removeImagesOf } from '../docker-fixture.ts'
import { exampleFiles } from '../example-plan.ts'
import type { FixtureEntry } from '../source-fixture.ts'

const APP = `app_node_${process.pid}`
const PATIENCE_MS = 280_000
const BUILD = [
  "echo 'module.exports = () => 1' > node_modules/ms/index.js",
  'mkdir -p node_modules/.made out/node_modules/own empty',
  'echo made > node_modules/.made/index.js',
  'cp -p node_modules/esbuild/LICENSE.md out/node_modules/own/old.md',
  'ln -s ../out node_modules/linked',
  "touch out/run out/none 'out/a b'",
  'chmod 755 out/run && chmod 0 out/none',
].join(' && ')
/** What npm keeps, wherever it might have been put. */
const CACHES = ['find', '/', '-xdev', '(', '-name', '_cacache', '-o', '-name', '_logs', '-o', '-path', '/cache/*', ')']

afterAll(() => removeImagesOf(APP))

test(
  'packages are a layer of their own, which code leaves alone; what a build changes among them is there',
  async () => {
    using box = new BuildFixture()
    const image = await build(box, tree(BUILD))
    expect(box.text).toContain('Putting the image together')
    expect(docker('run', '--rm', image, 'node', '-p', 'require("ms")()')).toBe('1\n')
    const find = ['sh', '-c', 'find node_modules/.made node_modules/linked out empty -printf "%p %y %m %u\n" | sort']
    expect(
      docker('run', '--rm', image, ...find)
        .trim()
        .split('\n'),
    ).toEqual([
      'empty d 755 app',
      'node_modules/.made d 755 app',
      'node_modules/.made/index.js f 644 app',
      'node_modules/linked l 777 app',
      'out d 755 app',
      'out/a b f 644 app',
      'out/node_modules d 755 app',
      'out/node_modules/own d 755 app',
      'out/node_modules/own/old.md f 644 app',
      'out/none f 0 app',
      'out/run f 755 app',
    ])
    expect(docker('run', '--rm', image, 'find', 'node_modules', '-name', '*esbuild*', '-type', 'f')).toBe('')
    expect(docker('run', '--rm', '--user', 'root', image, ...CACHES)).toBe('')

    const edited = await build(box, tree(`${BUILD} && true`))
    expect(box.events.findLast(({ type }) => type === 'done')).toMatchObject({ cachedSteps: 2 })
    const [before, after] = [layers(image), layers(edited)]
    expect(after.slice(0, -1)).toEqual(before.slice(0, -1))
    expect(after.at(-1)).not.toEqual(before.at(-1))
  },
  PATIENCE_MS,
)

/** An app with one package that runs and one that does not, and its build in a file. */
function tree(script: string): FixtureEntry[] {
  const files = exampleFiles('node-build').map((file) =>
    file.name === 'package.json'
      ? { ...file, content: String(file.content).replace(/esbuild src[^"]*/, 'sh build.sh') }
      : file,
  )
  return [...files, { name: 'build.sh', content: script }]
}

async function build(box: BuildFixture, files: FixtureEntry[]): Promise<string> {
  return doneOf(await box.build(files, onDocker(APP)), box).image
}

function layers(image: string): string[] {
  return JSON.parse(docker('image', 'inspect', '--format', '{{json .RootFS.Layers}}', image))
}
