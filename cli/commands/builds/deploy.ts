import { randomUUID } from 'node:crypto'
import type { StartedBuild } from '../../../server/contract/build.ts'
import { inOurWords } from '../../build-failure.ts'
import { followBuild } from '../../build-output.ts'
import { defineCommand, maybe, value } from '../../command.ts'
import type { ChosenApp, Context } from '../../context.ts'
import { UsageError } from '../../errors.ts'
import { EXIT } from '../../exit-code.ts'
import { progress } from '../../progress.ts'
import { sizeText } from '../../size.ts'
import { archiveUpload, folderUpload, type Upload } from '../../upload.ts'

export const command = defineCommand({
  about: 'deploy without git: a folder, a tar archive of one, or an image; the output is that of a push',
  ofApp: true,
  args: { folder: maybe('sent without .git, node_modules and what .gitignore and .slugignore name') },
  options: {
    tar: value('--tar <FILE>', 'a tar or tar.gz instead; - is standard input'),
    image: value('--image <NAME>', 'an image that is ready, from a registry or on the box'),
    version: value('--version <NAME>', 'what lists call it (default: the commit of the folder, else a digest)'),
  },
  examples: [
    { run: 'paas deploy . -a shop' },
    { run: 'paas deploy --tar app.tar.gz -a shop --version 1.4.2' },
    { run: 'git archive HEAD | paas deploy --tar - -a shop' },
    { run: 'paas deploy --image registry.example.com/ada/shop:1.4 -a shop' },
  ],
  async run(context, { args, options }) {
    if (options.image !== undefined) {
      if (args.folder ?? options.tar ?? options.version) throw tooMuch()
      return await deployImage(context, options.image)
    }
    const upload = await chosenUpload(context, args.folder, options.tar)
    const chosen = await context.app()
    const version = options.version ?? upload.version
    const started = await send(context, chosen, upload, version)
    return await follow(context, chosen, started)
  },
})

async function chosenUpload(context: Context, folder: string | undefined, tar: string | undefined): Promise<Upload> {
  if (folder !== undefined && tar !== undefined) {
    throw tooMuch()
  }
  if (tar !== undefined) return await archiveUpload(context, tar)
  if (folder !== undefined) return await folderUpload(folder)
  throw new UsageError('Say what to deploy: a folder, an archive by --tar or an image by --image.', {
    command: 'paas deploy .',
  })
}

async function deployImage(context: Context, image: string): Promise<number> {
  const chosen = await context.app()
  const started = await chosen.client.call('builds.fromImage', {
    params: { app: chosen.app },
    body: { image },
    idempotencyKey: randomUUID(),
  })
  return await follow(context, chosen, started)
}

function tooMuch(): UsageError {
  return new UsageError(
    'One thing is deployed at a time: a folder, an archive, or an image, which is its own version.',
    {
      command: 'paas deploy --help',
    },
  )
}

async function send(
  context: Context,
  { app, client }: ChosenApp,
  upload: Upload,
  version: string | undefined,
): Promise<StartedBuild> {
  const call = () =>
    client.call('builds.create', {
      params: { app },
      query: { version },
      content: upload.content,
      idempotencyKey: randomUUID(),
    })
  return await progress(
    context.err,
    `Sending ${upload.name}`,
    () =>
      call().catch((error: unknown) => {
        // What could not be read here looks like a connection that broke.
        throw inOurWords(upload.failure() ?? error)
      }),
    () => `, ${sizeText(upload.sentBytes())}`,
  )
}

/** Ctrl-C ends the client only, as in a push. */
async function follow(context: Context, chosen: ChosenApp, { build, deploy }: StartedBuild): Promise<number> {
  const { app, client } = chosen
  try {
    const ended = await followBuild(context, chosen, { build, print: ({ text }) => context.err.line(text) })
    if (context.json) context.print(ended)
    const { serving } = await client.call('deploys.info', { params: { app, deploy } })
    return serving ? EXIT.done : EXIT.failed
  } catch (error) {
    if (!context.signal.aborted) throw error
    context.err.line(`The deploy goes on. Follow it: paas builds:output ${build} -f -a ${app}`)
    context.err.line(`To end it: paas builds:cancel ${build} -a ${app}`)
    return EXIT.interrupted
  }
}
