import { randomUUID } from 'node:crypto'
import type { StartedBuild } from '../../../server/contract/build.ts'
import { inOurWords } from '../../build-failure.ts'
import { defineCommand, maybe, value } from '../../command.ts'
import type { ChosenApp, Context } from '../../context.ts'
import { followDeploy } from '../../deploy-follow.ts'
import { UsageError } from '../../errors.ts'
import { progress } from '../../progress.ts'
import { sizeText } from '../../size.ts'
import { archiveUpload, folderUpload, type Upload } from '../../upload.ts'

export const command = defineCommand({
  about:
    'deploy without a push: a folder, an archive, a repository elsewhere, or an image; the output is that of a push',
  ofApp: true,
  args: { folder: maybe('sent without .git, node_modules and what .gitignore and .slugignore name') },
  options: {
    tar: value('--tar <FILE>', 'a tar or tar.gz instead; - is standard input'),
    git: value('--git <URL[#REF]>', 'a public repository by https; REF is a branch, a tag or a whole commit'),
    image: value('--image <NAME>', 'an image that is ready, from a registry or on the box'),
    imageFile: value('--image-file <FILE>', 'an image as docker save writes it; - is standard input'),
    version: value('--version <NAME>', 'what lists call it (default: the commit of the folder, else a digest)'),
  },
  examples: [
    { run: 'paas deploy . -a shop' },
    { run: 'paas deploy --tar app.tar.gz -a shop --version 1.4.2' },
    { run: 'git archive HEAD | paas deploy --tar - -a shop' },
    { run: 'paas deploy --git https://github.com/ada/shop.git#main -a shop' },
    { run: 'docker save shop | paas deploy --image-file - -a shop' },
    { run: 'paas deploy --image registry.example.com/ada/shop:1.4 -a shop' },
  ],
  async run(context, { args, options }) {
    const ways = [args.folder, options.tar, options.git, options.image, options.imageFile].filter(
      (way) => way !== undefined,
    )
    if (ways.length > 1) throw tooMuch()
    if (options.git !== undefined) return await deployRepository(context, options.git, options.version)
    if (options.image !== undefined) return await deployImage(context, options.image, options.version)
    const upload = await chosenUpload(context, args.folder, options.tar ?? options.imageFile)
    const chosen = await context.app()
    const version = options.version ?? upload.version
    const route = options.imageFile === undefined ? 'builds.create' : 'builds.fromImageArchive'
    const started = await send(context, chosen, { upload, version, route })
    return await followDeploy(context, chosen, started)
  },
})

async function chosenUpload(context: Context, folder: string | undefined, tar: string | undefined): Promise<Upload> {
  if (tar !== undefined) return await archiveUpload(context, tar)
  if (folder !== undefined) return await folderUpload(folder)
  throw new UsageError(
    'Say what to deploy: a folder, an archive by --tar, a repository by --git or an image by --image.',
    {
      command: 'paas deploy .',
    },
  )
}

async function deployRepository(context: Context, address: string, version: string | undefined): Promise<number> {
  if (version !== undefined) throw ownVersion('A repository is called by its commit.')
  const hash = address.indexOf('#')
  const [url, ref] = hash < 0 ? [address, undefined] : [address.slice(0, hash), address.slice(hash + 1)]
  refuseOtherThanHttps(url)
  const chosen = await context.app()
  const started = await chosen.client.call('builds.fromGit', {
    params: { app: chosen.app },
    body: { url, ref },
    idempotencyKey: randomUUID(),
  })
  return await followDeploy(context, chosen, started)
}

/** The box refuses it, too; here is what was typed, and the address that would do. */
function refuseOtherThanHttps(address: string): void {
  const [, host, path] = /^(?:ssh:\/\/)?[\w.-]+@([\w.-]+)(?::\d+\/|[:/])(.+)$/.exec(address) ?? []
  if (host !== undefined) {
    throw new UsageError('The box fetches by https alone, and has no SSH key of yours.', {
      command: `paas deploy --git https://${host}/${path}`,
    })
  }
  if (/^https:\/\/[^/]*@/.test(address)) {
    throw new UsageError('The address has a password in it, which would be kept in lists and output.', {
      fix: 'Repositories are fetched without signing in: push a clone of it instead.',
      command: 'git push paas main',
    })
  }
  if (/^https:\/\//.test(address)) return
  throw new UsageError(`${address} is no address that begins with https://.`, {
    fix: 'A folder of this machine is deployed as it is.',
    command: 'paas deploy .',
  })
}

function ownVersion(message: string): UsageError {
  return new UsageError(message, { fix: 'Leave --version out.', command: 'paas deploy --help' })
}

async function deployImage(context: Context, image: string, version: string | undefined): Promise<number> {
  if (version !== undefined) throw ownVersion('An image is its own version.')
  const chosen = await context.app()
  const started = await chosen.client.call('builds.fromImage', {
    params: { app: chosen.app },
    body: { image },
    idempotencyKey: randomUUID(),
  })
  return await followDeploy(context, chosen, started)
}

function tooMuch(): UsageError {
  return new UsageError('One thing is deployed at a time: a folder, an archive, a repository or an image.', {
    command: 'paas deploy --help',
  })
}

type Sending = {
  upload: Upload
  version: string | undefined
  route: 'builds.create' | 'builds.fromImageArchive'
}

async function send(
  context: Context,
  { app, client }: ChosenApp,
  { upload, version, route }: Sending,
): Promise<StartedBuild> {
  const call = () =>
    client.call(route, {
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
