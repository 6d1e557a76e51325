import { spawn } from 'node:child_process'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { join } from './join.ts'
import { Lines } from './lines.ts'

test.each(['receive-pack', 'upload-pack'] as const)(
  'a client that left before its %s began leaves no git behind',
  async (service) => {
    const child = spawn('cat', { stdio: 'pipe' })
    const [input, output] = [new PassThrough(), new PassThrough()]
    input.destroy()
    output.destroy()
    await join(child, { input, output, errors: new Lines(() => {}), through: [] }, service)
    expect(child.exitCode ?? child.signalCode).not.toBeNull()
  },
)
