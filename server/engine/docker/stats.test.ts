import type { ContainerStats } from 'dockerode'
import { expect, it } from 'vitest'
import { instanceStats } from './stats.ts'

const sample = (stats: Record<string, number>, usage = 50_000_000) =>
  ({
    preread: '2026-11-21T02:00:00Z',
    read: '2026-11-21T02:00:01Z',
    precpu_stats: { cpu_usage: { total_usage: 1e9 } },
    cpu_stats: { cpu_usage: { total_usage: 1.25e9 } },
    memory_stats: { usage, limit: 128_000_000, stats },
  }) as unknown as ContainerStats

it('counts cores, and memory without the cache that the kernel can take back', () => {
  const expected = { id: 'c1', cpuCores: 0.25, memoryBytes: 30_000_000, memoryLimitBytes: 128_000_000 }
  expect(instanceStats('c1', sample({ total_inactive_file: 20_000_000 }))).toEqual(expected)
  expect(instanceStats('c1', sample({ inactive_file: 20_000_000 }))).toEqual(expected)
})

it('has nothing to say about a container that does not run', () => {
  expect(instanceStats('c1', { ...sample({}), memory_stats: {} } as ContainerStats)).toBeUndefined()
  expect(instanceStats('c1', { ...sample({}), preread: '0001-01-01T00:00:00Z', read: '0001-01-01T00:00:00Z' })).toBe(
    undefined,
  )
})
