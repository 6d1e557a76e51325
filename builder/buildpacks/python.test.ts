import { expect, test } from 'vitest'
import { planFor } from '../detect.ts'
import type { BuildPlan } from '../plan.ts'
import { sourceOf } from '../source-fixture.ts'

async function planOf(files: Record<string, string>): Promise<BuildPlan> {
  using source = await sourceOf(files)
  return planFor(source).plan
}

test.each([
  [{ '.python-version': '3.11\n', 'runtime.txt': 'python-3.12.1' }, '3.11', '.python-version'],
  [{ 'runtime.txt': 'python-3.11.9\n' }, '3.11', 'runtime.txt'],
  [{ 'runtime.txt': 'python-3.12.1' }, '3.12', 'runtime.txt'],
  [{ 'pyproject.toml': '[project]\nrequires-python = ">=3.9,<3.13"' }, '3.11', 'requires-python in pyproject.toml'],
  [{ 'pyproject.toml': '[project]\nrequires-python = ">=3.12"' }, '3.12', 'requires-python in pyproject.toml'],
  [{ 'pyproject.toml': '[project]\nrequires-python = "~=3.10"' }, '3.11', 'requires-python in pyproject.toml'],
  [{ 'pyproject.toml': '[project]\nrequires-python = "==3.13.*"' }, '3.13', 'requires-python in pyproject.toml'],
  [{ Pipfile: '[requires]\npython_version = "3.10"' }, '3.10', 'python_version in Pipfile'],
  [
    { 'pyproject.toml': '[tool.poetry.dependencies]\npython = "^3.12"' },
    '3.12',
    'python in the dependencies of pyproject.toml',
  ],
  [{}, '3.11', "the default, Debian's"],
])('%j asks for a version, and the plan says where', async (files, version, because) => {
  const { runtimes } = await planOf({ 'main.py': '', ...files })
  expect(runtimes).toEqual([{ name: 'python', version, because }])
})

test.each(['2.7.18', 'newest', '3.99'])('Python %s is refused with those that can be had', async (version) => {
  await expect(planOf({ 'main.py': '', '.python-version': version })).rejects.toMatchObject({
    code: 'python.no-such-version',
    help: { fix: expect.stringMatching(/3\.11.+3\.13/) },
  })
})

test('a version that Debian lacks is fetched in the build and runs from the app', async () => {
  const { steps, packages, outputs, path } = await planOf({ 'main.py': '', '.python-version': '3.13' })
  expect(steps.map(({ name }) => name)).toEqual(['Installing Python 3.13'])
  expect(packages).toEqual([])
  expect(outputs).toEqual(['.python'])
  expect(path).toEqual(['.python/bin'])
})

test('pip reads what requirements.txt leads to, and the step depends on nothing else', async () => {
  const plan = await planOf({
    'main.py': '',
    'requirements.txt': '-r requirements/web.txt  # more\n--find-links vendor/wheels\n',
    'requirements/web.txt': '-c limits.txt\nflask==3\npsycopg2>=2\n',
    'requirements/limits.txt': 'werkzeug<4\n',
  })
  expect(plan.steps[0]?.inputs).toEqual([
    'requirements.txt',
    'requirements/web.txt',
    'requirements/limits.txt',
    'vendor/wheels/',
  ])
  expect(plan.packages).toEqual(['python3', 'libpq5'])
  expect(plan.buildPackages).toContain('libpq-dev')
  expect(plan.outputs).toEqual(['.venv'])
})

test.each(['-e .', './lib', '.', '--editable=./lib'])('the requirement `%s` needs the whole tree', async (line) => {
  const plan = await planOf({ 'main.py': '', 'requirements.txt': `${line}\n`, 'lib/setup.py': '' })
  expect(plan.steps[0]?.inputs).toEqual(['.'])
})

test('an app that installs nothing has no step and no compiler', async () => {
  const plan = await planOf({ 'main.py': '', 'requirements.txt': '# nothing\n' })
  expect(plan).toMatchObject({ steps: [], outputs: [], packages: ['python3'] })
  expect(plan.buildPackages).toBeUndefined()
})

test('without an index no compiler is installed', async () => {
  const plan = await planOf({ 'main.py': '', 'requirements.txt': '--no-index\n--find-links wheels\nx==1\n' })
  expect(plan.buildPackages).toEqual(['python3-venv'])
})

const DJANGO = {
  'manage.py': 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")',
  'shop/settings.py': 'STATIC_ROOT = "static"',
  'shop/wsgi.py': '',
}

test('Django is served by gunicorn where it is installed, and by its own server with a warning', async () => {
  const plan = await planOf({ ...DJANGO, 'requirements.txt': 'Django>=5\ngunicorn\n' })
  expect(plan.processTypes).toEqual({ web: 'gunicorn --bind 0.0.0.0:$PORT shop.wsgi' })
  const bare = await planOf({ ...DJANGO, 'requirements.txt': 'Django>=5\n' })
  expect(bare.processTypes).toEqual({ web: 'python3 manage.py runserver --noreload 0.0.0.0:$PORT' })
  expect(bare.warnings).toEqual([expect.stringContaining('gunicorn is not among the dependencies')])
})

test('static files of Django are collected in the run image, where settings name a place for them', async () => {
  const plan = await planOf({ ...DJANGO, 'requirements.txt': 'Django>=5\n' })
  expect(plan.steps.at(-1)).toMatchObject({ name: 'Collecting static files', inputs: ['.'], inRunImage: true })
  const without = await planOf({ ...DJANGO, 'shop/settings.py': '', 'requirements.txt': 'Django>=5\n' })
  expect(without.steps).toHaveLength(1)
})

test.each([
  ['app.py', 'app = Flask(__name__)', 'flask\ngunicorn', 'gunicorn --bind 0.0.0.0:$PORT app:app'],
  ['app.py', 'app = Flask(__name__)', 'flask', 'flask --app app:app run --host 0.0.0.0 --port $PORT'],
  ['main.py', 'api: FastAPI = FastAPI()', 'fastapi\nuvicorn', 'uvicorn --host 0.0.0.0 --port $PORT main:api'],
  ['app/main.py', 'app = FastAPI()', 'fastapi[standard]', 'uvicorn --host 0.0.0.0 --port $PORT app.main:app'],
  ['server.py', 'print()', '', 'python3 server.py'],
])('%s with `%s` and %j starts by `%s`', async (file, text, requirements, command) => {
  expect((await planOf({ [file]: text, 'requirements.txt': requirements })).processTypes).toEqual({ web: command })
})

test('an app that nothing says how to start is refused with a line for the Procfile', async () => {
  await expect(planOf({ 'requirements.txt': '' })).rejects.toMatchObject({
    code: 'python.no-start',
    help: { fix: expect.stringContaining('web: gunicorn') },
  })
})

test('manifests that contradict each other are settled in the order of Heroku, with a warning', async () => {
  const files = { 'main.py': '', 'requirements.txt': 'flask\n', 'uv.lock': 'name = "x"', 'pyproject.toml': '' }
  const plan = await planOf(files)
  expect(plan.notes).toContain('requirements.txt says which packages are installed.')
  expect(plan.warnings).toEqual([expect.stringContaining('uv.lock is not looked at')])
})

test.each([
  ['uv.lock', 'uv', ['pyproject.toml', 'uv.lock']],
  ['poetry.lock', 'poetry', ['pyproject.toml', 'poetry.lock']],
  ['Pipfile.lock', 'pipenv', ['Pipfile', 'Pipfile.lock']],
])('%s is installed by %s, which is gone afterwards', async (lock, tool, inputs) => {
  const manifest = inputs[0] ?? ''
  const plan = await planOf({ 'main.py': '', [manifest]: 'x = "*"', [lock]: 'name = "x"' })
  expect(plan.steps[0]?.inputs).toEqual(inputs)
  expect(plan.steps[0]?.commands.flat()).toContain(`.paas/tools/bin/${tool}`)
  expect(plan.steps[0]?.commands).toContainEqual(['rm', '-rf', '.paas/tools'])
})
