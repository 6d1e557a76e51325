import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { ApiKit } from '../../test/api-kit.ts'
import { createClient } from '../contract/client.ts'

/** An OpenSSH line made from a fresh ed25519 key. */
function publicKeyLine(comment: string): string {
  const { publicKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
  const string = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes])
  return `ssh-ed25519 ${Buffer.concat([string(Buffer.from('ssh-ed25519')), string(raw)]).toString('base64')} ${comment}`
}

test('the claim secret makes the first user, who is signed in with what it answers', async () => {
  await using kit = await ApiKit.start()
  const client = createClient({ url: kit.url })
  const { user, token } = await client.call('box.claim', { body: { secret: kit.claims.issue(), user: 'olga' } })
  expect(user).toMatchObject({ name: 'olga', boxOwner: true })
  expect(await createClient({ url: kit.url, token: token.secret }).call('users.me')).toEqual(user)
  expect(await client.call('box.hello')).toMatchObject({ claimed: true })
})

test('users come with a first token, and go with everything they had', async () => {
  await using kit = await ApiKit.start()
  const client = kit.client()
  const { token } = await client.call('users.create', { body: { name: 'bob' } })
  const bob = createClient({ url: kit.url, token: token.secret })
  expect(await bob.call('users.me')).toMatchObject({ name: 'bob', boxOwner: false })
  await client.call('users.remove', { params: { user: 'bob' } })
  await expect(bob.call('users.me')).rejects.toMatchObject({ problem: { status: 401 } })
})

test('keys are added, listed and removed by comment', async () => {
  await using kit = await ApiKit.start()
  const client = kit.client()
  const key = await client.call('keys.add', { body: { publicKey: publicKeyLine('laptop') } })
  expect(key).toMatchObject({ comment: 'laptop', type: 'ssh-ed25519' })
  expect((await client.call('keys.list')).items).toEqual([key])
  await client.call('keys.remove', { params: { key: 'laptop' } })
  expect((await client.call('keys.list')).items).toEqual([])
})

test('a token shows its secret once', async () => {
  await using kit = await ApiKit.start()
  const client = kit.client()
  const { secret, id } = await client.call('tokens.create', { body: { description: 'ci', scope: 'deploy', days: 7 } })
  const { items } = await client.call('tokens.list')
  expect(items.find((token) => token.id === id)).toMatchObject({ description: 'ci', scope: 'deploy' })
  expect(JSON.stringify(items)).not.toContain(secret)
})

test('access is given, shown and taken away', async () => {
  await using kit = await ApiKit.start()
  const client = kit.client()
  kit.users.create('bob', { boxOwner: false })
  await client.call('apps.create', { body: { name: 'shop' } })
  await client.call('members.add', { params: { app: 'shop' }, body: { user: 'bob', role: 'developer' } })
  expect((await client.call('members.list', { params: { app: 'shop' } })).items).toEqual([
    { user: 'alice', role: 'owner' },
    { user: 'bob', role: 'developer' },
  ])
  await client.call('members.remove', { params: { app: 'shop', user: 'bob' } })
  await expect(kit.client('bob').call('apps.info', { params: { app: 'shop' } })).rejects.toMatchObject({
    problem: { code: 'app.not-found' },
  })
})

test('activity tells who did what, newest first, page by page', async () => {
  await using kit = await ApiKit.start()
  const client = kit.client()
  await client.call('apps.create', { body: { name: 'shop' } })
  await client.call('domains.add', { params: { app: 'shop' }, body: { host: 'WWW.example.com' } })
  await client.call('formation.scale', {
    params: { app: 'shop' },
    body: {
      changes: [
        { type: 'web', quantity: 3 },
        { type: 'worker', change: 1 },
      ],
    },
  })
  await client.call('releases.rollback', { params: { app: 'shop' }, body: { to: 2 } })
  const first = await client.call('activity.list', { params: { app: 'shop' }, query: { limit: 2 } })
  const second = await client.call('activity.list', {
    params: { app: 'shop' },
    query: { limit: 2, cursor: first.next ?? '' },
  })
  const told = [...first.items, ...second.items].map(({ by, action, detail }) => `${by} ${action} ${detail}`)
  expect(told).toEqual([
    'alice release.rollback v8 from v2',
    'alice formation.scale web=3 worker+1',
    'alice domain.add www.example.com',
    'alice app.create shop',
  ])
})
