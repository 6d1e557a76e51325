import { HandleIo } from './handle-io.ts'
import { findHandles } from './handles.ts'
import type { Io } from './io.ts'
import { PUBLIC_IO } from './public-io.ts'
import { selfTest } from './self-test.ts'

export const IO_CHOICES = ['auto', 'public', 'handles'] as const
/** `auto`: the handles where they are known to work. */
export type IoChoice = (typeof IO_CHOICES)[number]

/** Releases of node whose handles the whole test suite has run on; on others only a wish for them tries. */
const TESTED_MAJORS = ['24']

export function isTestedNode(): boolean {
  const [major = ''] = process.versions.node.split('.')
  return TESTED_MAJORS.includes(major)
}

/** The wish as far as it can be met. `reason` says why the handles were not taken. */
export async function chooseIo(choice: IoChoice): Promise<{ io: Io; reason?: string }> {
  if (choice === 'public') return { io: PUBLIC_IO }
  if (choice === 'auto' && !isTestedNode()) {
    return { io: PUBLIC_IO, reason: `node ${process.versions.node} is not tested` }
  }
  const handles = findHandles()
  if (handles === null) return { io: PUBLIC_IO, reason: 'this node does not have them' }
  const io = new HandleIo(handles)
  const failure = await selfTest(io)
  return failure === null ? { io } : { io: PUBLIC_IO, reason: `the self-test failed: ${failure}` }
}
