import type { BuildStep } from '../../plan.ts'
import type { Source } from '../../source.ts'
import { requirementsOf } from './packages.ts'
import type { PythonVersion } from './version.ts'

export type PythonInstall = {
  steps: BuildStep[]
  /** All manifests and lock files together: whoever asks for a package by name looks here. */
  text: string
  /** What decides about the packages: `uv.lock`. */
  manifest: string | undefined
  warnings: string[]
}

const VENV_PYTHON = '.venv/bin/python'
const VARIABLES = { PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_NO_PYTHON_VERSION_WARNING: '1', PYTHONUNBUFFERED: '1' }
const PIP_CACHE = { id: 'pip', variable: 'PIP_CACHE_DIR' }
const UV_CACHE = { id: 'uv', variable: 'UV_CACHE_DIR' }
const POETRY_CACHE = { id: 'poetry', variable: 'POETRY_CACHE_DIR' }
/** Tools stand in a venv of their own, which is gone at the end of the step. */
const TOOLS = '.paas/tools'
/** Scripts name their interpreter by its place; found by PATH instead, they work wherever the app is put. */
const RELOCATE = [
  'sh',
  '-c',
  "find .venv/bin -type f -exec sed -i '1s|^#!.*/\\.venv/bin/python[0-9.]*$|#!/usr/bin/env python3|' {} +",
]
/** The dependencies of [project] without the project, so that its code is no input of the step. */
const PROJECT_DEPENDENCIES =
  "import tomllib; print('\\n'.join(tomllib.load(open('pyproject.toml', 'rb')).get('project', {}).get('dependencies', [])))"

type Manager = { file: string; text: string[]; inputs: string[]; commands: string[][]; caches: BuildStep['caches'] }

/** What has to be installed, by the first manifest in Heroku's order; nothing for an app that names no package. */
export function pythonInstall(source: Source, version: PythonVersion): PythonInstall {
  const found = managers(source)
  const [manager] = found
  if (!manager) return { steps: [], text: '', manifest: undefined, warnings: [] }
  const text = manager.text.join('\n')
  const warnings = [...severalManifests(found), ...unlocked(manager)]
  if (!/\S/.test(text.replace(/^\s*#.*$/gm, ''))) return { steps: [], text, manifest: manager.file, warnings }
  const python = version.debian ? 'python3' : '.python/bin/python3'
  const step: BuildStep = {
    name: 'Installing dependencies',
    inputs: manager.inputs,
    commands: [...venv(python, manager), RELOCATE],
    caches: manager.caches,
    variables: VARIABLES,
    secrets: true,
  }
  return { steps: [step], text, manifest: manager.file, warnings }
}

/** Where a tool of its own installs, no pip is needed; where pip does, it takes itself away at the end. */
function venv(python: string, { commands }: Manager): string[][] {
  const byPip = commands.every(([program]) => program === VENV_PYTHON || program === 'sh')
  if (!byPip) return [[python, '-m', 'venv', '--without-pip', '.venv'], ...commands]
  const leave = [VENV_PYTHON, '-m', 'pip', 'uninstall', '--quiet', '--yes', 'pip']
  return [[python, '-m', 'venv', '.venv'], ...commands, leave]
}

function managers(source: Source): Manager[] {
  const all = [pipenv, pip, poetry, uv, project, setup].flatMap((make) => make(source) ?? [])
  const locked = all.filter(({ file }) => file !== 'pyproject.toml' && file !== 'setup.py')
  return locked.length > 0 ? locked : all.slice(0, 1)
}

function pip(source: Source): Manager | undefined {
  if (!source.has('requirements.txt')) return undefined
  const { inputs, text } = requirementsOf(source, 'requirements.txt')
  const commands = [[VENV_PYTHON, '-m', 'pip', 'install', '-r', 'requirements.txt']]
  return { file: 'requirements.txt', text: [text], inputs, commands, caches: [PIP_CACHE] }
}

function pipenv(source: Source): Manager | undefined {
  if (!source.has('Pipfile')) return undefined
  const locked = source.has('Pipfile.lock')
  const install = locked ? ['install', '--deploy'] : ['install', '--skip-lock']
  return {
    file: locked ? 'Pipfile.lock' : 'Pipfile',
    text: [source.text('Pipfile') ?? ''],
    inputs: locked ? ['Pipfile', 'Pipfile.lock'] : ['Pipfile'],
    commands: withTool('pipenv', ['env', 'PIPENV_VENV_IN_PROJECT=1', `${TOOLS}/bin/pipenv`, ...install]),
    caches: [PIP_CACHE],
  }
}

function poetry(source: Source): Manager | undefined {
  if (!source.has('poetry.lock')) return undefined
  const run = ['env', 'POETRY_VIRTUALENVS_IN_PROJECT=1', `${TOOLS}/bin/poetry`]
  return {
    file: 'poetry.lock',
    text: [source.text('pyproject.toml') ?? '', source.text('poetry.lock') ?? ''],
    inputs: ['pyproject.toml', 'poetry.lock'],
    commands: withTool('poetry', [...run, 'install', '--only', 'main', '--no-root', '--no-interaction']),
    caches: [PIP_CACHE, POETRY_CACHE],
  }
}

function uv(source: Source): Manager | undefined {
  if (!source.has('uv.lock')) return undefined
  const sync = ['sync', '--locked', '--no-dev', '--no-install-project', '--python', VENV_PYTHON]
  return {
    file: 'uv.lock',
    text: [source.text('pyproject.toml') ?? '', source.text('uv.lock') ?? ''],
    inputs: ['pyproject.toml', 'uv.lock'],
    commands: withTool('uv', ['env', 'UV_LINK_MODE=copy', `${TOOLS}/bin/uv`, ...sync]),
    caches: [PIP_CACHE, UV_CACHE],
  }
}

function project(source: Source): Manager | undefined {
  const text = source.text('pyproject.toml')
  if (text === undefined || !/^\s*dependencies\s*=\s*\[\s*[^\]\s]/m.test(text)) return undefined
  const list = '.paas/requirements.txt'
  return {
    file: 'pyproject.toml',
    text: [text],
    inputs: ['pyproject.toml'],
    commands: [
      ['sh', '-c', `mkdir -p .paas && ${VENV_PYTHON} -c "${PROJECT_DEPENDENCIES}" > ${list}`],
      [VENV_PYTHON, '-m', 'pip', 'install', '-r', list],
    ],
    caches: [PIP_CACHE],
  }
}

function setup(source: Source): Manager | undefined {
  const text = source.text('setup.py')
  if (text === undefined) return undefined
  const commands = [[VENV_PYTHON, '-m', 'pip', 'install', '.']]
  return { file: 'setup.py', text: [text], inputs: ['.'], commands, caches: [PIP_CACHE] }
}

/** The package managers are packages themselves, and no part of what runs. */
function withTool(name: string, run: string[]): string[][] {
  return [
    ['python3', '-m', 'venv', TOOLS],
    [`${TOOLS}/bin/python`, '-m', 'pip', 'install', '--quiet', name],
    run,
    ['rm', '-rf', TOOLS],
  ]
}

function severalManifests(found: Manager[]): string[] {
  const [first, ...others] = found
  if (!first || others.length === 0) return []
  const rest = others.map(({ file }) => file).join(' and ')
  return [`${first.file} says what is installed; ${rest} is not looked at. Remove the one that is out of use.`]
}

function unlocked({ file }: Manager): string[] {
  if (file === 'Pipfile')
    return ['There is no Pipfile.lock: every build may get other versions. Run `pipenv lock` and commit the file.']
  if (file !== 'pyproject.toml' && file !== 'setup.py') return []
  return [`${file} alone does not say which versions are installed. Run \`uv lock\` and commit uv.lock.`]
}
