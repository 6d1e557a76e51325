import { BuildFailure } from '../errors.ts'
import type { BuildPlan } from '../plan.ts'
import type { Buildpack } from './buildpack.ts'

const FILE = 'Dockerfile'

/** The app brings its own recipe; the plan only says what runs. */
export const dockerfile: Buildpack = dockerfileAt(FILE)

/** One in another place than the top directory. */
export function dockerfileAt(file: string): Buildpack {
  return {
    name: 'dockerfile',
    title: 'Dockerfile',
    detect: (source) => (source.entries.has(file) ? file : undefined),
    plan(source, because): BuildPlan {
      const text = source.text(file)
      if (text === undefined) throw notFound(file)
      const port = exposedPort(text)
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
        dockerfile: file,
        warnings: [],
      }
    },
  }
}

function notFound(file: string): BuildFailure {
  return new BuildFailure('dockerfile.not-found', `There is no ${file}, which is set as the Dockerfile of the app.`, {
    fix: 'Add the file, or set another one.',
    command: 'paas build:set dockerfile=<path>',
  })
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
