import type { AddonState, Exposure } from '../contract/addon.ts'

/** `backup: false`: without a last one. */
export type Destruction = { do: 'destroy'; backup?: false }

/** What is to be done, so that whoever finds it half done can go on. */
export type Task =
  | { do: 'create'; attach: boolean; as: string | null }
  | { do: 'resize'; plan: string }
  | { do: 'restart' }
  /** To the server of another addon, which gets this one's. `rehearse`: copied and compared, and that is all. */
  | { do: 'upgrade'; to: string; rehearse: boolean }
  /** The way to the server that it has now, and no way for its apps to the one that it had. `spare`: a database of nobody. */
  | { do: 'arrive'; from: string; spare?: string }
  | Destruction

export type AddonRecord = {
  id: string
  name: string
  service: string
  plan: string
  serverId: string
  database: string
  appId: string
  userId: string | null
  state: AddonState
  task: Task | null
  step: string | null
  reason: string | null
  deployId: string | null
  exposed: Exposure | null
  createdAt: Date
}

export type ServerRecord = {
  id: string
  service: string
  version: string
  shared: boolean
  memoryMb: number
  cpus: number
  connections: number
  image: string | null
  host: string
  port: number | null
  createdAt: Date
}

export type AddonRow = {
  id: string
  name: string
  service: string
  plan: string
  server_id: string
  database: string
  app_id: string
  user_id: string | null
  state: AddonState
  task: string | null
  step: string | null
  reason: string | null
  deploy_id: string | null
  exposed: string | null
  created_at: number
}

export type ServerRow = {
  id: string
  service: string
  version: string
  shared: number
  memory_mb: number
  cpus: number
  connections: number
  image: string | null
  host: string
  port: number | null
  created_at: number
}

/** Its making failed, so nothing was ever in it and no app knows of it. */
export function wasNeverMade({ state, task }: Pick<AddonRecord, 'state' | 'task'>): boolean {
  return state === 'failed' && task?.do === 'create'
}

export function addonOf(row: AddonRow): AddonRecord {
  return {
    id: row.id,
    name: row.name,
    service: row.service,
    plan: row.plan,
    serverId: row.server_id,
    database: row.database,
    appId: row.app_id,
    userId: row.user_id,
    state: row.state,
    task: row.task === null ? null : (JSON.parse(row.task) as Task),
    step: row.step,
    reason: row.reason,
    deployId: row.deploy_id,
    exposed: row.exposed === null ? null : (JSON.parse(row.exposed) as Exposure),
    createdAt: new Date(row.created_at),
  }
}

export function serverOf(row: ServerRow): ServerRecord {
  return {
    id: row.id,
    service: row.service,
    version: row.version,
    shared: row.shared === 1,
    memoryMb: row.memory_mb,
    cpus: row.cpus,
    connections: row.connections,
    image: row.image,
    host: row.host,
    port: row.port,
    createdAt: new Date(row.created_at),
  }
}
