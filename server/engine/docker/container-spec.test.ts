import { describe, expect, it } from 'vitest'
import type { RunRequest, Workload } from '../engine.ts'
import { containerSpec, runSpec, specHash } from './container-spec.ts'

const workload: Workload = {
  app: 'blog',
  release: 7,
  processType: 'web',
  quantity: 2,
  image: 'sha256:abc',
  command: ['sh', '-c', 'node server.js'],
  environment: { SECRET: 'a=b c\n"d"' },
  listens: true,
  limits: { memoryMb: 512, cpus: 1, pids: 512 },
  stopGraceMs: 30_000,
}
const run: RunRequest = {
  app: 'blog',
  release: 7,
  name: 'run.1234',
  image: 'sha256:abc',
  command: ['bash'],
  environment: {},
  limits: { memoryMb: 512, cpus: 1, pids: 512 },
  tty: { columns: 80, rows: 24 },
  attach: true,
}
const placement = { boxId: 'box1', network: 'paas-blog-1', address: '100.96.0.2', cpuCount: 2, openFiles: 65_536 }

describe('the specification of a container', () => {
  it('is exactly this for an instance', () => {
    expect(containerSpec(workload, 2, placement)).toEqual({
      Image: 'sha256:abc',
      Entrypoint: ['sh'],
      Cmd: ['-c', 'node server.js'],
      Env: ['SECRET=a=b c\n"d"', 'PAAS_INSTANCE=web.2', 'DYNO=web.2', 'TINI_KILL_PROCESS_GROUP=1', 'PORT=5000'],
      Labels: {
        'paas.box': 'box1',
        'paas.app': 'blog',
        'paas.release': '7',
        'paas.process': 'web',
        'paas.instance': '2',
        'paas.spec': specHash(workload),
        'paas.address': '100.96.0.2',
        'paas.port': '5000',
        'paas.run': '',
        'paas.data': '',
      },
      StopTimeout: 30,
      HostConfig: {
        NetworkMode: 'paas-blog-1',
        Init: true,
        CapDrop: ['ALL'],
        CapAdd: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETUID', 'SETGID', 'KILL', 'NET_BIND_SERVICE'],
        SecurityOpt: ['no-new-privileges'],
        Memory: 536_870_912,
        MemorySwap: 536_870_912,
        NanoCpus: 1_000_000_000,
        CpuShares: 1024,
        PidsLimit: 512,
        Ulimits: [{ Name: 'nofile', Soft: 65_536, Hard: 65_536 }],
        OomScoreAdj: 200,
        ShmSize: 67_108_864,
        Tmpfs: { '/tmp': 'rw,exec,nosuid,nodev,mode=1777,size=256m' },
        LogConfig: {
          Type: 'local',
          Config: { 'max-size': '20m', 'max-file': '5', mode: 'non-blocking', 'max-buffer-size': '4m' },
        },
        RestartPolicy: { Name: 'always' },
      },
      NetworkingConfig: { EndpointsConfig: { 'paas-blog-1': { IPAMConfig: { IPv4Address: '100.96.0.2' } } } },
    })
  })

  it('puts a one-off behind the same walls, without the restarts', () => {
    const instance = containerSpec(workload, 1, placement).HostConfig
    const once = runSpec(run, placement)
    expect(once.HostConfig).toEqual({
      ...instance,
      ConsoleSize: [24, 80],
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'none', Config: {} },
    })
    expect(once).toMatchObject({ Tty: true, OpenStdin: true, StdinOnce: true, AttachStdout: true })
    expect(once.Labels).toEqual({
      'paas.box': 'box1',
      'paas.app': 'blog',
      'paas.release': '7',
      'paas.run': 'run.1234',
      'paas.data': '',
      'paas.address': '100.96.0.2',
      'paas.process': '',
      'paas.instance': '',
      'paas.spec': '',
      'paas.port': '',
    })
  })

  it('opens no stream of a detached one-off', () => {
    const detached = runSpec({ ...run, attach: false, tty: null }, placement)
    expect(detached).toMatchObject({ Tty: false, OpenStdin: false, AttachStdin: false, AttachStdout: false })
    expect(detached.HostConfig?.LogConfig?.Type).toBe('local')
  })

  it('leaves the start to the image when there is no command', () => {
    const spec = containerSpec({ ...workload, command: null }, 1, placement)
    expect(spec).not.toHaveProperty('Entrypoint')
    expect(spec).not.toHaveProperty('Cmd')
  })

  it('gives no port to a process type that does not listen', () => {
    const spec = containerSpec({ ...workload, processType: 'worker', listens: false }, 1, placement)
    expect(spec.Env?.some((variable) => variable.startsWith('PORT='))).toBe(false)
    expect(spec.Labels?.['paas.port']).toBe('')
  })

  it('uses the port of the image where it has one', () => {
    const spec = containerSpec({ ...workload, port: 8080 }, 1, placement)
    expect(spec.Env).toContain('PORT=8080')
    expect(spec.Labels?.['paas.port']).toBe('8080')
  })

  it('asks for no more processor than the machine has', () => {
    const spec = containerSpec({ ...workload, limits: { ...workload.limits, cpus: 8 } }, 1, placement)
    expect(spec.HostConfig?.NanoCpus).toBe(2_000_000_000)
  })

  it('lets no variable of the app take the place of the engine’s', () => {
    const spec = containerSpec({ ...workload, environment: { PORT: '1', DYNO: 'x' } }, 1, placement)
    expect(spec.Env?.filter((variable) => /^(PORT|DYNO)=/.test(variable))).toEqual(['PORT=5000', 'DYNO=web.1'])
  })
})

describe('the hash of a specification', () => {
  it('does not change with the quantity or the order of variables', () => {
    const { environment: _, ...rest } = workload
    const a = specHash({ ...rest, environment: { A: '1', B: '2' } })
    expect(specHash({ environment: { B: '2', A: '1' }, ...rest, quantity: 9 })).toBe(a)
  })

  it('changes with everything else', () => {
    const changed: Partial<Workload>[] = [
      { image: 'sha256:def' },
      { command: null },
      { environment: {} },
      { listens: false },
      { port: 80 },
      { limits: { ...workload.limits, memoryMb: 256 } },
    ]
    const hashes = changed.map((change) => specHash({ ...workload, ...change }))
    expect(new Set([...hashes, specHash(workload)]).size).toBe(changed.length + 1)
  })
})
