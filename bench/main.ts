import { readdirSync } from 'node:fs'

/** `npm run -s bench -- NAME`: each bench prints its table on stderr and ends with one JSON line on stdout. */
const LIBRARIES = ['main.ts', 'load.ts', 'table.ts']
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !LIBRARIES.includes(file))
  .map((file) => file.slice(0, -'.ts'.length))

const name = process.argv[2] ?? ''
if (!names.includes(name)) {
  process.stderr.write(`Usage: npm run -s bench -- ${names.join('|')}\n`)
  process.exit(2)
}
const { bench } = (await import(`./${name}.ts`)) as { bench: (args: string[]) => Promise<unknown> }
process.stdout.write(`${JSON.stringify(await bench(process.argv.slice(3)))}\n`)
