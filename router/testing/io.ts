import { readConfig } from '../config.ts'
import { HandleIo } from '../io/handle-io.ts'
import { findHandles } from '../io/handles.ts'
import type { Io } from '../io/io.ts'
import { PUBLIC_IO } from '../io/public-io.ts'

/** What a router in a test speaks over: the handles, or node's sockets where the run asks for them (vitest.config.ts). */
export const testIo: Io = readConfig().io === 'public' ? PUBLIC_IO : handles()

function handles(): Io {
  const found = findHandles()
  if (found === null) throw new Error('this node has other handles: see router/io/handles.ts')
  return new HandleIo(found)
}
