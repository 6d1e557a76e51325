import { type EngineApi, EngineRefusal } from './engine-api.ts'

export type BuiltImage = {
  sizeBytes: number
  /** TCP ports of EXPOSE, ascending. */
  exposedPorts: number[]
  cmd: string[] | null
  entrypoint: string[] | null
}

type Inspected = {
  Size?: number
  Config?: { ExposedPorts?: Record<string, unknown> | null; Cmd?: string[] | null; Entrypoint?: string[] | null } | null
}

/** What the engine knows about an image, by id or tag. Throws EngineRefusal for one that it does not have. */
export async function inspectImage(api: EngineApi, image: string, signal: AbortSignal): Promise<BuiltImage> {
  const { Size, Config } = (await api.json('GET', `/images/${image}/json`, { signal })) as Inspected
  return {
    sizeBytes: Size ?? 0,
    exposedPorts: tcpPorts(Object.keys(Config?.ExposedPorts ?? {})),
    cmd: Config?.Cmd ?? null,
    entrypoint: Config?.Entrypoint ?? null,
  }
}

export async function hasImage(api: EngineApi, image: string, signal: AbortSignal): Promise<boolean> {
  try {
    await inspectImage(api, image, signal)
    return true
  } catch (error) {
    if (error instanceof EngineRefusal && error.status === 404) return false
    throw error
  }
}

function tcpPorts(exposed: string[]): number[] {
  return exposed
    .filter((port) => !port.endsWith('/udp') && !port.endsWith('/sctp'))
    .map((port) => Number.parseInt(port, 10))
    .sort((a, b) => a - b)
}
