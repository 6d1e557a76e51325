import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestBox } from './test-box.ts'
import { TestCli } from './test-cli.ts'
import { shopHandlers } from './test-handlers.ts'
import { Shop } from './test-shop.ts'

let cli: TestCli
let box: TestBox
beforeAll(async () => {
  cli = await TestCli.build()
  box = await TestBox.start(shopHandlers(new Shop()))
  await cli.signIn({ url: box.url })
})
afterAll(async () => {
  await box[Symbol.asyncDispose]()
  await cli[Symbol.asyncDispose]()
})
const paas = (line: string) => cli.run(line.split(' '))

test('certs lists each certificate with what stands in its way', async () => {
  const { stdout } = await paas('certs -a shop')
  expect(stdout).toMatch(/www\.shop\.com +failed +- +Add an A record\.\n$/)
  expect(JSON.parse((await paas('certs -a shop --json')).stdout).items).toHaveLength(1)
})

test('certs:add sends both files, and passes warnings on; certs:remove takes it away', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'certs-'))
  await writeFile(join(directory, 'crt'), 'CHAIN')
  await writeFile(join(directory, 'key'), 'KEY')
  const { code, stderr } = await paas(`certs:add ${directory}/crt ${directory}/key -a shop`)
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('Warning: It is self-signed.\n') })
  expect(box.requestsOf('certs.add').at(-1)?.body).toEqual({ chain: 'CHAIN', key: 'KEY' })
  expect((await paas('certs:remove -a shop')).code).toBe(0)
  await rm(directory, { recursive: true })
})

test('domains:check says whether a name is ready', async () => {
  expect(await paas('domains:check www.shop.com -a shop')).toMatchObject({
    code: 0,
    stdout: 'www.shop.com is ready.\n',
  })
})
