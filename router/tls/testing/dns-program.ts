import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A program for the provider `exec` that puts records into the DNS server of the tests; `control` is Pebble's `dnsControl`. */
export async function dnsProgram(directory: string, control: string): Promise<string> {
  const path = join(directory, 'dns-program')
  const script = `#!${process.execPath}
const [verb, , name, value] = process.argv.slice(2)
const { request } = require('node:http')
request('http://${control}/' + (verb === 'add' ? 'set-txt' : 'clear-txt'), { method: 'POST' }).end(
  JSON.stringify({ host: name + '.', value }),
)
`
  await writeFile(path, script)
  await chmod(path, 0o700)
  return path
}
