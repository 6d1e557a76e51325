import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { TemporaryDirectory } from '../source-fixture.ts'
import { OomScores } from './oom-scores.ts'

test.each([
  { version: 'v1', group: 'pids/docker/buildkit/step1' },
  { version: 'v2', group: 'docker/buildkit/step1' },
])('what steps run dies of want of memory before others, on cgroup $version', ({ version, group }) => {
  using directory = new TemporaryDirectory()
  const write = (path: string, text: string) => {
    mkdirSync(dirname(directory.join(path)), { recursive: true })
    writeFileSync(directory.join(path), text)
  }
  const score = (pid: number) => readFileSync(directory.join('proc', String(pid), 'oom_score_adj'), 'utf8')
  if (version === 'v2') write('cgroup/cgroup.controllers', 'memory pids')
  write(`cgroup/${group}/cgroup.procs`, '11\n12\n13\n')
  write('proc/11/oom_score_adj', '-500\n')
  write('proc/12/oom_score_adj', '800\n')
  write('proc/14/oom_score_adj', '-500\n')
  const roots = { cgroup: directory.join('cgroup'), proc: directory.join('proc') }
  using scores = new OomScores(roots)
  scores.look(roots)
  expect([score(11), score(12), score(14)]).toEqual(['500', '800\n', '-500\n'])
})

test('without a group of BuildKit there is nothing to do', () => {
  using directory = new TemporaryDirectory()
  const roots = { cgroup: directory.join('none'), proc: directory.join('none') }
  using scores = new OomScores(roots)
  expect(() => scores.look(roots)).not.toThrow()
})
