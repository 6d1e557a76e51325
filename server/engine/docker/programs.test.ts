import { expect, test } from 'vitest'
import { programsDockerfile } from './programs.ts'

const DATA = { path: '/data', user: 'postgres' }
const POSTGRES = {
  name: 'pg',
  image: null,
  packages: ['pg-17'],
  program: 'initdb',
  directories: ['/usr/lib/pg'],
  data: DATA,
}

test('what the suite of the base has not is taken from the one that has it', () => {
  expect(programsDockerfile('debian:bookworm-slim', POSTGRES)).not.toContain('trixie')
  const text = programsDockerfile('debian:bookworm-slim', { ...POSTGRES, suite: 'trixie' })
  expect(text.indexOf('s/bookworm/trixie/g')).toBeLessThan(text.indexOf('apt-get update'))
})
