import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LocalBox } from '../../scripts/local-box.ts'
import { SampleApp } from '../../scripts/sample-app.ts'

export const LINES_PER_SECOND = 2_000
/** It ends by itself, should nobody end it. */
const TALKS_S = 180

/** Prints so many lines per second in portions of 10 ms, each with its number and when it was printed. */
const SERVER = `import { createServer } from 'node:http'
createServer((_, response) => response.end('ok')).listen(Number(process.env.PORT))
const begun = Date.now()
let n = 0
const talk = setInterval(() => {
  const due = ((Date.now() - begun) / 1000) * ${LINES_PER_SECOND}
  let text = ''
  for (; n < due; n += 1) {
    text += '\\x1b[32mGET\\x1b[0m /orders/' + n + ' 200 in ' + (n % 97) + ' ms, printed=' + Date.now() + ' n=' + n + '\\n'
  }
  process.stdout.write(text)
  if (n > ${TALKS_S * LINES_PER_SECOND}) clearInterval(talk)
}, 10)
`

/** The app talks from now on. */
export async function deployChatty(box: LocalBox, name: string): Promise<void> {
  const app = await SampleApp.create(box, name)
  await writeFile(join(app.directory, 'server.js'), SERVER)
  await app.commit('talk')
  await app.deploy()
}
