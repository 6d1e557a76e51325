import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { TemporaryDirectory } from '../../source-fixture.ts'

/** For tests: a buildpack that is a real one, in bash, and makes a server of what the app and its config vars say. */
export const GREETER = {
  detect: 'test -f greeting.txt || exit 100',
  build: `
layers=$1; platform=$2
test "$(id -u)" = 1001 || { echo "ran as $(id -u)"; exit 3; }
test ! -e .paas.cloud-native && test ! -e .paas.Dockerfile && test ! -e spec || { ls -A; exit 4; }
echo "vars: $(ls "$platform/env" | tr '\\n' ' ')"
echo "length: $(printf '%s' "$GREETING" | wc -c), flavour: $FLAVOUR"
echo "runs: $(cat "$layers/kept/runs" 2>/dev/null) $(grep -s count "$layers/kept.toml") $(cat "$layers/store.toml" 2>/dev/null)"
mkdir -p "$layers/kept" "$layers/served/env.launch" "$layers/scratch"
echo again >> "$layers/kept/runs"; mkdir -p "$layers/kept/closed"; chmod 555 "$layers/kept/closed"
printf '[types]\\ncache = true\\n\\n[metadata]\\ncount = 1\\n' > "$layers/kept.toml"
printf '[metadata]\\nstored = true\\n' > "$layers/store.toml"
printf 'from the layer' > "$layers/served/env.launch/LAYERED"
printf 'types = { launch = true, cache = true }\\n' > "$layers/served.toml"
printf '[types]\\nbuild = true\\n' > "$layers/scratch.toml"
echo made > made.txt
cp "$CNB_BUILDPACK_DIR/server.mjs" server.mjs
cat > "$layers/launch.toml" <<END
[[processes]]
type = "web"
command = ["node", "server.mjs"]
default = true
[[processes]]
type = "worker"
command = ["sleep", "1000"]
END
`,
}

const SERVER = `import { createServer } from 'node:http'
createServer((_, response) => response.end(process.env.LAYERED + ' ' + process.getuid())).listen(process.env.PORT, '0.0.0.0')
`
const METADATA = (run: string) => ({
  lifecycle: { version: '0.0.0', apis: { platform: { deprecated: [], supported: ['0.11', '0.12'] } } },
  stack: { runImage: { image: run, mirrors: [] } },
})

/** For tests: a builder image and its run image by these names, on an image that has Node.js and bash. */
export function makeBuilder({ builder, run, base }: { builder: string; run: string; base: string }): void {
  using directory = new TemporaryDirectory()
  const at = (path: string) => directory.join(path)
  for (const version of ['0.9.0', '0.10.0']) {
    const place = at(`buildpacks/test_greeter/${version}`)
    mkdirSync(join(place, 'bin'), { recursive: true })
    const toml = `api = "0.10"\n[buildpack]\nid = "test/greeter"\nversion = "${version}"\n[[targets]]\nos = "linux"\n`
    writeFileSync(join(place, 'buildpack.toml'), toml)
    writeFileSync(join(place, 'server.mjs'), SERVER)
    for (const [name, text] of Object.entries(GREETER)) {
      const told = name === 'build' ? `echo "Greeter ${version}"\n` : ''
      writeFileSync(join(place, 'bin', name), `#!/usr/bin/env bash\nset -e\n${told}${text}\n`, { mode: 0o755 })
    }
  }
  const order = '[[order]]\n[[order.group]]\nid = "test/greeter"\nversion = "0.9.0"\n'
  writeFileSync(at('order.toml'), order)
  const reader = dirname(dirname(createRequire(import.meta.url).resolve('smol-toml')))
  cpSync(reader, at('toml'), { recursive: true })
  cpSync(join(import.meta.dirname, 'lifecycle.mjs'), at('lifecycle.mjs'))
  chmodSync(at('lifecycle.mjs'), 0o755)
  image(
    directory.path,
    run,
    `FROM ${base}\nRUN useradd --uid 1002 --gid 1000 runner\nCOPY toml /cnb/node_modules/smol-toml\nUSER 1002:1000\n`,
  )
  image(directory.path, builder, builderText(base, run))
}

function builderText(base: string, run: string): string {
  const label = JSON.stringify(JSON.stringify(METADATA(run))).replaceAll('$', '\\$')
  return [
    `FROM ${base}`,
    'RUN useradd --uid 1001 --gid 1000 --create-home cnb && mkdir -p /cnb/lifecycle /platform/env',
    'COPY toml /cnb/node_modules/smol-toml',
    'COPY buildpacks /cnb/buildpacks',
    'COPY order.toml /cnb/order.toml',
    ...['detector', 'builder', 'launcher'].map((name) => `COPY lifecycle.mjs /cnb/lifecycle/${name}`),
    'ENV CNB_USER_ID=1001 CNB_GROUP_ID=1000 CNB_STACK_ID=test.stack',
    `LABEL io.buildpacks.builder.metadata=${label}`,
    'USER 1001:1000',
    '',
  ].join('\n')
}

function image(context: string, tag: string, dockerfile: string): void {
  writeFileSync(join(context, 'Dockerfile'), dockerfile)
  const { status, stdout, stderr } = spawnSync('docker', ['build', '--quiet', '--tag', tag, context], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${stdout}${stderr}`)
}
