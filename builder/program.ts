import { fileURLToPath } from 'node:url'

/** What a builder process runs; beside a server that runs from one file it is one file too (scripts/build-server.ts). */
export const PROGRAM = fileURLToPath(new URL('./main.ts', import.meta.url))
