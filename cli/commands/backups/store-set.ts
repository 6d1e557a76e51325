import { onOff, text } from '../../../server/contract/setting-forms.ts'
import { defineCommand, flag, one, rest } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { readSecret } from '../../input.ts'
import { progress } from '../../progress.ts'
import { readSettings } from '../../settings.ts'

const FORMS = {
  endpoint: text,
  region: text,
  bucket: text,
  prefix: text,
  'path-style': onOff,
  'access-key-id': text,
}
const NEEDED = ['endpoint', 'region', 'bucket', 'accessKeyId'] as const
const EXAMPLE =
  'paas backups:store:set s3 endpoint=https://s3.example.com region=eu-1 bucket=backups access-key-id=AKIA0'

export const command = defineCommand({
  about: 'keep new backups in an S3-compatible bucket, or on the box; asks for the secret key',
  args: {
    kind: one('s3 or local'),
    pairs: rest(`of s3: ${Object.keys(FORMS).join(', ')}`),
  },
  options: { secretStdin: flag('--secret-stdin', 'read the secret key from standard input') },
  examples: [
    { run: EXAMPLE, shows: ['The secret key of AKIA0:', 'Trying the store... done'] },
    {
      run: 'paas backups:store:set s3 endpoint=http://10.0.0.5:9000 region=us-east-1 bucket=b path-style=on access-key-id=K --secret-stdin < key.txt',
    },
    { run: 'paas backups:store:set local' },
  ],
  async run(context, { args: { kind, pairs }, options }) {
    const body = kind === 'local' ? local(pairs) : kind === 's3' ? s3(pairs) : undefined
    if (!body)
      throw new UsageError(`There is no store ${JSON.stringify(kind)}.`, { fix: 'Use s3 or local.', command: EXAMPLE })
    const { client } = await context.signedIn()
    if (body.kind === 's3') {
      const question = `The secret key of ${body.accessKeyId}: `
      const asked = { question, fromStdin: options.secretStdin, flag: '--secret-stdin' }
      body.secretAccessKey = (await readSecret(context, asked)).trim()
    }
    const store = await progress(context.err, body.kind === 's3' ? 'Trying the store' : 'Setting the store', () =>
      client.call('backups.setStore', { body }),
    )
    if (context.json) return context.print(store)
    context.err.line('New backups go there; older ones stay where they are, and are found.')
  },
})

function local(pairs: string[]): { kind: 'local' } {
  if (pairs.length === 0) return { kind: 'local' }
  throw new UsageError('The local store has no settings.', { command: 'paas backups:store:set local' })
}

type S3 = { kind: 's3'; endpoint: string; region: string; bucket: string; accessKeyId: string; secretAccessKey: string }

function s3(pairs: string[]): S3 {
  const settings = readSettings(pairs, FORMS, EXAMPLE)
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null))
  const missing = NEEDED.filter((name) => given[name] === undefined)
  if (missing.length === 0) return { kind: 's3', ...given, secretAccessKey: '' } as S3
  throw new UsageError(`The store needs ${missing.join(', ')}.`, { command: EXAMPLE })
}
