import { expect, test } from 'vitest'
import { CgiAnswer, type CgiHead } from './cgi.ts'

async function answer(text: string, pieces: number): Promise<{ heads: CgiHead[]; body: string }> {
  const heads: CgiHead[] = []
  const cgi = new CgiAnswer((head) => heads.push(head))
  for (let at = 0; at < text.length; at += pieces) cgi.write(text.slice(at, at + pieces))
  cgi.end()
  return { heads, body: Buffer.concat(await cgi.toArray()).toString() }
}

test.each([1, 7, 1000])('the head is taken off, in pieces of %i', async (pieces) => {
  const { heads, body } = await answer('Status: 403 Forbidden\r\nContent-Type: text/plain\r\n\r\nno\r\n\r\nway', pieces)
  expect(heads).toEqual([{ status: 403, headers: [['Content-Type', 'text/plain']] }])
  expect(body).toBe('no\r\n\r\nway')
})

test('an answer that ends within its head is an error', async () => {
  await expect(answer('Status: 200 OK\r\n', 100)).rejects.toThrow('without a head')
})
