import { posix } from 'node:path'
import type { Source } from '../../source.ts'
import { names } from './packages.ts'

export type PythonStart = { command: string | undefined; notes: string[]; warnings: string[] }

const MODULES = [
  'main.py',
  'app.py',
  'wsgi.py',
  'asgi.py',
  'application.py',
  'server.py',
  'app/main.py',
  'app/__init__.py',
  'src/main.py',
  'src/app.py',
]
const ADDRESS = '0.0.0.0:$PORT'

/** The command that serves the app on PORT, by its framework; what the Procfile says comes before it. */
export function pythonStart(source: Source, manifests: string): PythonStart {
  const has = (name: string) => names(manifests, name)
  if (source.has('manage.py')) return django(source, has)
  const fastapi = instance(source, ['FastAPI', 'Starlette', 'Quart', 'Litestar'])
  if (fastapi) return asgi(fastapi, has)
  const flask = instance(source, ['Flask', 'Bottle', 'falcon.App'])
  if (flask) return wsgi(flask, has)
  const plain = MODULES.find((path) => source.has(path) && !path.endsWith('__init__.py'))
  if (!plain) return { command: undefined, notes: [], warnings: [] }
  return {
    command: `python3 ${plain}`,
    notes: [`${plain} is started as a program: no framework was found in it.`],
    warnings: [],
  }
}

function django(source: Source, has: (name: string) => boolean): PythonStart {
  const module = (name: string) => {
    const settings = /DJANGO_SETTINGS_MODULE["']\s*,\s*["']([\w.]+)["']/.exec(source.text('manage.py') ?? '')?.[1]
    const near = settings?.split('.')[0] ?? ''
    const files = [...source.files()].map(({ path }) => path).filter((path) => posix.basename(path) === `${name}.py`)
    const file =
      files.find((path) => path.startsWith(`${near}/`)) ?? files.find((path) => !path.includes('site-packages'))
    return file === undefined ? undefined : file.replace(/\.py$/, '').replaceAll('/', '.')
  }
  const wsgiModule = module('wsgi')
  const asgiModule = module('asgi')
  const notes = ['manage.py is that of a Django project.']
  if (has('gunicorn') && wsgiModule) return { command: `gunicorn --bind ${ADDRESS} ${wsgiModule}`, notes, warnings: [] }
  if (has('uvicorn') && asgiModule)
    return { command: `uvicorn --host 0.0.0.0 --port $PORT ${asgiModule}:application`, notes, warnings: [] }
  const warning =
    "gunicorn is not among the dependencies: Django's development server is used, which is not made for visitors. Add gunicorn to requirements.txt."
  return { command: `python3 manage.py runserver --noreload ${ADDRESS}`, notes, warnings: [warning] }
}

type Instance = { file: string; module: string; name: string; framework: string }

/** Where `app = Flask(...)` stands. */
function instance(source: Source, frameworks: string[]): Instance | undefined {
  for (const file of MODULES) {
    const text = source.has(file) ? (source.text(file) ?? '') : ''
    for (const framework of frameworks) {
      const name = new RegExp(`^(\\w+)\\s*(?::\\s*\\w+\\s*)?=\\s*${framework.replace('.', '\\.')}\\(`, 'm').exec(
        text,
      )?.[1]
      const module = file.replace(/(?:\/__init__)?\.py$/, '').replaceAll('/', '.')
      if (name) return { file, module, name, framework }
    }
  }
  return undefined
}

function asgi({ file, module, name, framework }: Instance, has: (name: string) => boolean): PythonStart {
  const notes = [`${name} in ${file} is a ${framework} app.`]
  if (has('hypercorn') && !has('uvicorn'))
    return { command: `hypercorn --bind ${ADDRESS} ${module}:${name}`, notes, warnings: [] }
  const served = has('uvicorn') || has('fastapi[standard]') || has('fastapi[all]')
  const warnings = served ? [] : [`uvicorn is not among the dependencies, and serves ${framework}: add it.`]
  return { command: `uvicorn --host 0.0.0.0 --port $PORT ${module}:${name}`, notes, warnings }
}

function wsgi({ file, module, name, framework }: Instance, has: (name: string) => boolean): PythonStart {
  const notes = [`${name} in ${file} is a ${framework} app.`]
  const target = `${module}:${name}`
  if (has('gunicorn')) return { command: `gunicorn --bind ${ADDRESS} ${target}`, notes, warnings: [] }
  if (has('waitress')) return { command: `waitress-serve --listen=${ADDRESS} ${target}`, notes, warnings: [] }
  const warnings = [
    `gunicorn is not among the dependencies: the development server of ${framework} is used, which is not made for visitors. Add gunicorn to requirements.txt.`,
  ]
  const command = framework === 'Flask' ? `flask --app ${target} run --host 0.0.0.0 --port $PORT` : `python3 ${file}`
  return { command, notes, warnings }
}
