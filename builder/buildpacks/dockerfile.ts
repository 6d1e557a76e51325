import type { BuildPlan } from '../plan.ts'
import type { Buildpack } from './buildpack.ts'

const FILE = 'Dockerfile'

/** The app brings its own recipe; the plan only says what runs. */
export const dockerfile: Buildpack = {
  name: 'dockerfile',
  title: 'Dockerfile',
  detect: (source) => (source.entries.has(FILE) ? FILE : undefined),
  plan(source, because): BuildPlan {
    const port = exposedPort(source.text(FILE) ?? '')
    return {
      buildpack: 'dockerfile',
      title: 'Dockerfile',
      because,
      runtimes: [],
      packages: [],
      steps: [],
      outputs: ['.'],
      environment: {},
      processTypes: { web: null },
      ...(port === undefined ? {} : { port }),
      dockerfile: FILE,
      warnings: [],
    }
  },
}

/** First TCP port that the last stage exposes; one that stands in a variable is known only after the build. */
function exposedPort(text: string): number | undefined {
  const lines = text.replace(/\\\r?\n/g, ' ').split(/\r?\n/)
  const lastStage = lines.slice(lines.findLastIndex((line) => /^\s*FROM\s/i.test(line)) + 1)
  for (const line of lastStage) {
    const ports = /^\s*EXPOSE\s+(.+)$/i.exec(line)?.[1]?.trim().split(/\s+/) ?? []
    for (const word of ports) {
      const port = Number(/^(\d+)(?:\/tcp)?$/i.exec(word)?.[1])
      if (port >= 1 && port <= 65_535) return port
    }
  }
  return undefined
}
