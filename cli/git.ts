import { execFile } from 'node:child_process'
import { DIRTY } from '../server/contract/source-version.ts'
import { CliError, hasErrorCode } from './errors.ts'
import type { Remote } from './git-remote.ts'

type Finished = { code: number; stdout: string; stderr: string }

/** Code 127 where there is no git at all. */
function git(...args: string[]): Promise<Finished> {
  return new Promise((resolve, reject) => {
    execFile('git', args, { encoding: 'utf8' }, (error, stdout, stderr) => {
      if (!error) resolve({ code: 0, stdout, stderr })
      else if (hasErrorCode(error, 'ENOENT')) resolve({ code: 127, stdout, stderr: 'git is not installed' })
      else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr })
      else reject(error)
    })
  })
}

/** The remotes of the repository that the current folder is in; none outside of one, or without git. */
export async function listRemotes(): Promise<Remote[]> {
  const { code, stdout } = await git('config', '--null', '--get-regexp', '^remote\\..*\\.url$')
  if (code !== 0) return []
  return stdout.split('\0').flatMap((record) => {
    const [, name, url] = /^remote\.(.*)\.url\n(.*)$/s.exec(record) ?? []
    return name && url ? [{ name, url }] : []
  })
}

/** `git config paas.remote`: the remote that names the app where there are several. */
export async function configuredRemote(): Promise<string | undefined> {
  const { code, stdout } = await git('config', '--get', 'paas.remote')
  return code === 0 ? stdout.trim() || undefined : undefined
}

export async function insideRepository(): Promise<boolean> {
  return (await git('rev-parse', '--git-dir')).code === 0
}

/** Of the folder: its commit, `-dirty` behind it where files differ from it; undefined where there is none. */
export async function versionOf(folder: string): Promise<string | undefined> {
  const head = await git('-C', folder, 'rev-parse', '--verify', '--quiet', 'HEAD')
  const commit = head.stdout.trim()
  if (head.code !== 0 || !/^[0-9a-f]{40}$/.test(commit)) return undefined
  const { code, stdout } = await git('-C', folder, 'status', '--porcelain', '--untracked-files=normal', '--', '.')
  return code === 0 && stdout === '' ? commit : commit + DIRTY
}

/** Adds the remote, or points the existing one elsewhere. */
export async function writeRemote(name: string, url: string): Promise<'added' | 'changed'> {
  const exists = (await git('config', '--get', `remote.${name}.url`)).code === 0
  const { code, stderr } = await git('remote', exists ? 'set-url' : 'add', '--', name, url)
  if (code !== 0) {
    throw new CliError(`git could not write the remote ${name}: ${stderr.trim().replace(/^(?:fatal|error): /, '')}.`, {
      fix: 'Run this inside a git repository, with a remote name that git accepts.',
      command: 'git init',
    })
  }
  return exists ? 'changed' : 'added'
}
