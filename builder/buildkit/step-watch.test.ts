import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { TemporaryDirectory } from '../source-fixture.ts'
import { StepWatch } from './step-watch.ts'

const LIMITS = { memoryMb: 512, cpus: 1.5, pids: 2_048 }

class Machine implements Disposable {
  readonly #directory = new TemporaryDirectory()
  readonly roots = { cgroup: this.#directory.join('cgroup'), proc: this.#directory.join('proc') }

  write(path: string, text: string): void {
    mkdirSync(dirname(this.#directory.join(path)), { recursive: true })
    writeFileSync(this.#directory.join(path), text)
  }

  read(path: string): string {
    return readFileSync(this.#directory.join(path), 'utf8')
  }

  [Symbol.dispose](): void {
    this.#directory[Symbol.dispose]()
  }
}

test.each([
  { name: 'cgroup v1', unified: false, group: 'pids/docker/buildkit/step1' },
  { name: 'cgroup v2', unified: true, group: 'docker/buildkit/step1' },
  { name: 'cgroup v2 and systemd', unified: true, group: 'system.slice/system.slice:docker:step1' },
])('what steps run dies for want of memory before others: $name', ({ unified, group }) => {
  using machine = new Machine()
  if (unified) machine.write('cgroup/cgroup.controllers', 'memory pids')
  machine.write(`cgroup/${group}/cgroup.procs`, '11\n12\n13\n')
  machine.write('cgroup/system.slice/docker.service/cgroup.procs', '14\n')
  machine.write('proc/11/oom_score_adj', '-500\n')
  machine.write('proc/12/oom_score_adj', '800\n')
  machine.write('proc/14/oom_score_adj', '-500\n')
  using watch = new StepWatch(LIMITS, machine.roots)
  watch.look(machine.roots)
  const scores = [11, 12, 14].map((pid) => machine.read(`proc/${pid}/oom_score_adj`))
  expect(scores).toEqual(['500', '800\n', '-500\n'])
})

test('a step that has a group of its own is held by it, on cgroup v2, and no other group is', () => {
  using machine = new Machine()
  const step = 'cgroup/system.slice/system.slice:docker:step1'
  const others = ['cgroup/system.slice/docker.service', `cgroup/system.slice/docker-${'a'.repeat(64)}.scope`]
  machine.write('cgroup/cgroup.controllers', 'cpu memory pids')
  for (const group of [step, ...others]) machine.write(`${group}/memory.max`, 'max')
  using watch = new StepWatch(LIMITS, machine.roots)
  watch.look(machine.roots)
  expect(machine.read(`${step}/memory.max`)).toBe('536870912')
  expect(machine.read(`${step}/memory.swap.max`)).toBe('0')
  expect(machine.read(`${step}/pids.max`)).toBe('2048')
  expect(machine.read(`${step}/cpu.max`)).toBe('150000 100000')
  for (const group of others) expect(machine.read(`${group}/memory.max`)).toBe('max')
})

test('likewise on cgroup v1, in each hierarchy that it is in', () => {
  using machine = new Machine()
  const step = 'system.slice/docker.service/system.slice:docker:step1'
  for (const controller of ['pids', 'memory', 'cpu']) machine.write(`cgroup/${controller}/${step}/cgroup.procs`, '')
  using watch = new StepWatch(LIMITS, machine.roots)
  watch.look(machine.roots)
  expect(machine.read(`cgroup/pids/${step}/pids.max`)).toBe('2048')
  expect(machine.read(`cgroup/memory/${step}/memory.limit_in_bytes`)).toBe('536870912')
  expect(machine.read(`cgroup/cpu/${step}/cpu.cfs_quota_us`)).toBe('150000')
})

test('without a step there is nothing to do', () => {
  using machine = new Machine()
  using watch = new StepWatch(LIMITS, machine.roots)
  expect(() => watch.look(machine.roots)).not.toThrow()
})
