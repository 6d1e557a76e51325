import { afterAll, expect, test } from 'vitest'
import type { BuildEvent } from '../build.ts'
import { BuildFixture } from '../build-fixture.ts'
import { ampleLimits, docker, doneOf, onDocker, removeImagesOf } from '../docker-fixture.ts'
import { packFiles, THOROUGH_COMPILE } from './fixture.ts'

const APP = `app_classic_${process.pid}`
/** The first build on a box installs the tools that buildpacks expect. */
const PATIENCE_MS = 280_000
const SECRET = "it's a\nsecret greeting"
const RELEASE = 'echo "default_process_types: {web: ./serve}"'

afterAll(() => removeImagesOf(APP))

const files = {
  '.buildpacks': './pack',
  'app.txt': `${process.pid} ${Date.now()}`,
  ...packFiles('pack', {
    compile: `${THOROUGH_COMPILE}\nfor t in curl git jq make gcc; do which $t; done`,
    release: RELEASE,
  }),
}

test(
  'a folder buildpack is carried out by an unprivileged user, and the image has the app without secrets and tools',
  async () => {
    using box = new BuildFixture()
    const image = doneOf(await build(box, files), box)
    expect(image).toMatchObject({ processTypes: { web: './serve' }, plan: { title: 'Tiny', profile: true } })
    expect(box.text).toMatch(/^for heroku-22 at c0ffee in \/app, bld_1$/m)
    expect(box.text).toMatch(/^runs: $/m)
    expect(box.text).toMatch(/^length: 22$/m)
    expect(box.text).toMatch(/^vars: GREETING\s*$/m)
    const look = 'cat uid.txt .profile.d/tiny.sh; ls -A; for t in git gcc; do command -v $t; done; true'
    const there = docker('run', '--rm', '--network', 'none', image.image, 'sh', '-c', look)
    expect(there).toMatch(/^1000\nexport FROM_PROFILE=yes\n/)
    expect(there).not.toMatch(/^\.paas\.buildpacks|\/git|\/gcc/m)
    expect(docker('history', '--no-trunc', image.image) + docker('inspect', image.image)).not.toContain('greeting')
    const everywhere = "grep -rlsF 'secret greeting' /app /tmp /run /var /etc || true"
    expect(docker('run', '--rm', '--network', 'none', '--user', '0', image.image, 'sh', '-c', everywhere)).toBe('')
    expect(docker('ps', '--all', '--quiet', '--filter', `ancestor=${image.image}`)).toBe('')

    const again = doneOf(await build(box, { ...files, 'app.txt': `${files['app.txt']} again` }), box)
    expect(again.cachedSteps).toBe(0)
    expect(box.text).toMatch(/^runs: again$/m)
    expect(doneOf(await build(box, { ...files, 'app.txt': `${files['app.txt']} again` }), box).cachedSteps).toBe(1)
  },
  PATIENCE_MS,
)

test(
  'a buildpack that fails is named with the command that failed',
  async () => {
    using box = new BuildFixture()
    const failing = { ...files, ...packFiles('pack', { compile: 'echo "no luck"; exit 9' }) }
    expect(await build(box, failing)).toMatchObject({
      type: 'failed',
      code: 'build.command-failed',
      message: '`bin/compile of ./pack` ended with exit code 9.',
    })
    expect(box.text).toContain('no luck')
    const unfit = { ...files, ...packFiles('pack', { detect: 'exit 1' }) }
    expect(await build(box, unfit)).toMatchObject({ type: 'failed', code: 'buildpack.not-for-app' })
  },
  PATIENCE_MS,
)

function build(box: BuildFixture, tree: Record<string, string>): Promise<BuildEvent | undefined> {
  return box.build(tree, {
    ...onDocker(APP),
    environment: { GREETING: SECRET },
    limits: ampleLimits(PATIENCE_MS),
  })
}
