import { defineConfig } from 'vitest/config'

/** What is waited for comes at once on a machine that has nothing else to do, and late on a busy one. */
const expect = { poll: { timeout: 15_000 } }
/** The same where containers, whole boxes and programs for a box start meanwhile. */
const patient = { poll: { timeout: 60_000 } }

/**
 * Unit tests stand beside the code and are quick; beside it, too, are `real` (git, OpenSSH, Pebble, whole programs) and
 * `docker`. `e2e` and `faults` start a whole box.
 */
export default defineConfig({
  test: {
    // One for each core: most tests wait for real sockets and processes, and vitest would leave a core idle.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{server,builder,router,web,cli,scripts,bench,test/house}/**/*.test.ts'],
          exclude: ['**/*.{docker,real}.test.ts', '**/examples/**', '**/node_modules/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect,
        },
      },
      {
        test: {
          // Again over node's public sockets; `unit` runs them on the handles (router/io/io.ts).
          name: 'public-io',
          include: ['router/{*,http1/*,io/*}.test.ts'],
          exclude: ['**/*.{docker,real}.test.ts', 'router/http1/differential.test.ts'],
          env: { PAAS_ROUTER_IO: 'public' },
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect,
        },
      },
      {
        test: {
          name: 'real',
          include: ['{server,builder,router}/**/*.real.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect,
          env: { PAAS_ROUTER_LOG_LEVEL: 'error' },
        },
      },
      {
        test: {
          name: 'docker',
          include: ['{server,builder}/**/*.docker.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          expect: patient,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          expect: patient,
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          expect: patient,
        },
      },
    ],
  },
})
