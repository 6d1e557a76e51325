import type { Plan } from './addon-service.ts'

/** In MB. */
const GB = 1024

/** The plan of a database with a server of its own, and what people read of it. */
export function dedicated(name: string, size: Omit<Plan, 'name' | 'about' | 'shared'> & { storageMb: number }): Plan {
  const memory = size.memoryMb < GB ? `${size.memoryMb} MB` : `${size.memoryMb / GB} GB`
  const about = `${memory}, ${size.connections} connections, for ${size.storageMb / GB} GB`
  return { name, about, shared: false, ...size }
}
