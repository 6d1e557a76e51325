import type { Handlers } from './handler.ts'
import { pageQuery } from './page.ts'
import type { ApiServices } from './services.ts'

type BuildOperation =
  | 'builds.list'
  | 'builds.create'
  | 'builds.fromImage'
  | 'builds.fromGit'
  | 'builds.fromImageArchive'
  | 'builds.info'
  | 'builds.sbom'
  | 'builds.output'
  | 'builds.cancel'
  | 'builds.limits'
  | 'builds.limit'
type OutputLine = { n: number; text: string }

export function buildHandlers({ activity, buildLimits, builds, otherWays }: ApiServices): Handlers<BuildOperation> {
  const limits = () => ({ limits: buildLimits.get(), defaults: buildLimits.defaults })
  return {
    'builds.limits': limits,
    'builds.limit': ({ actor, body }) => {
      const { changed } = buildLimits.update(body)
      const now = buildLimits.get()
      if (changed.length > 0) {
        activity.record(actor, 'builds.limit', changed.map((name) => `${name}=${now[name]}`).join(', '))
      }
      return limits()
    },
    'builds.list': ({ app, query }) => builds.list(app, pageQuery(query)),
    'builds.create': async ({ actor, app, query: { version }, content, signal }) => {
      const started = await otherWays.upload(actor, app, { content, version, signal })
      activity.record(actor, 'deploy', started.build, app)
      return started
    },
    'builds.fromImage': async ({ actor, app, body: { image } }) => {
      const started = await otherWays.image(actor, app, image)
      activity.record(actor, 'deploy', image, app)
      return started
    },
    'builds.fromImageArchive': async ({ actor, app, query: { version }, content, signal }) => {
      const started = await otherWays.imageArchive(actor, app, { content, version, signal })
      activity.record(actor, 'deploy', started.build, app)
      return started
    },
    'builds.fromGit': async ({ actor, app, body: { url, ref } }) => {
      const started = await otherWays.repository(actor, app, { url, ref: ref ?? null })
      activity.record(actor, 'deploy', ref === undefined ? url : `${url}#${ref}`, app)
      return started
    },
    'builds.info': ({ app, params }) => builds.get(app, params.build),
    'builds.sbom': ({ app, params }) => builds.sbom(app, params.build),
    'builds.output': ({ app, params, signal, lastEventId }) =>
      linesAfter(builds.output(app, params.build, signal), Number(lastEventId ?? 0)),
    'builds.cancel': ({ actor, app, params }) => {
      const build = builds.cancel(actor, app, params.build)
      activity.record(actor, 'build.cancel', build.id, app)
      return build
    },
  }
}

async function* linesAfter(lines: AsyncIterable<OutputLine>, last: number): AsyncGenerator<OutputLine> {
  for await (const line of lines) if (!(line.n <= last)) yield line
}
