import { text } from 'node:stream/consumers'
import { pack } from 'tar-stream'
import { messageOf, PaasError } from '../../errors.ts'
import type { Programs } from '../engine.ts'
import { type Connection, reasonOf } from './connection.ts'
import { hasImage } from './images.ts'

/** What images of our own are made on: Debian, pulled or made by the builder. */
const PUBLIC_BASE = 'debian:bookworm-slim'
const BASES = [PUBLIC_BASE, 'paas/base:bookworm']
const SUITE = 'bookworm'

/** Answered by what is there: the public image, or one that was made here. */
export async function isProvided(connection: Connection, programs: Programs): Promise<boolean> {
  return (await present(connection, programs)) !== undefined
}

export async function provide(
  connection: Connection,
  programs: Programs,
  say: (line: string) => void,
): Promise<string> {
  const found = await present(connection, programs)
  if (found !== undefined) return found
  const { image, packages } = programs
  let refusal = 'no public image has all of it'
  if (image !== null) {
    say(`Pulling ${image}`)
    const failure = await pulled(connection, image)
    if (failure === undefined) return image
    refusal = failure
  }
  if (packages === null) throw unavailable(programs, refusal)
  const why = image === null ? '' : 'No registry answers; '
  say(`${why}making the image from Debian packages, about half a minute`)
  await make(connection, programs, refusal)
  return ownName(programs)
}

async function present(connection: Connection, programs: Programs): Promise<string | undefined> {
  for (const image of [programs.image, ownName(programs)])
    if (image !== null && (await hasImage(connection, image))) return image
  return undefined
}

function ownName({ name }: Programs): string {
  return `paas/addon:${name}`
}

/** Why it could not be pulled; undefined when it was. */
async function pulled(connection: Connection, image: string): Promise<string | undefined> {
  try {
    await follow(await connection.perform((docker) => docker.pull(image)))
    return undefined
  } catch (error) {
    return reasonOf(error)
  }
}

async function make(connection: Connection, programs: Programs, refusal: string): Promise<void> {
  const base = await anyBase(connection)
  if (base === undefined)
    throw unavailable(programs, `${refusal}, and the box has no base image yet: push an app first`)
  const archive = pack()
  archive.entry({ name: 'Dockerfile' }, programsDockerfile(base, programs))
  archive.finalize()
  const options = { t: ownName(programs), forcerm: true }
  try {
    const output = await connection.perform((docker) =>
      docker.buildImage(archive as unknown as NodeJS.ReadableStream, options),
    )
    await follow(output)
  } catch (error) {
    throw unavailable(programs, `${refusal}, and making it failed: ${messageOf(error)}`)
  }
}

/**
 * The services that packages would start are kept from it; the data directory is there and belongs to its user. What only
 * another suite has comes with the libraries of that suite, in an image that is for nothing else.
 */
export function programsDockerfile(base: string, { packages, suite, program, directories, data }: Programs): string {
  const install = 'apt-get install -y --no-install-recommends'
  const steps = [
    "printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d",
    'mkdir -p /etc/postgresql-common && echo create_main_cluster=false > /etc/postgresql-common/createcluster.conf',
    ...(suite === undefined ? [] : [fromSuite(suite)]),
    `apt-get update && ${install} ${(packages ?? []).join(' ')}`,
    'rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb /var/log/*.log',
    `rm -rf ${data.path} && install -d -m 700 -o ${data.user} -g ${data.user} ${data.path}`,
    `PATH=${directories.join(':')}:$PATH command -v ${program}`,
  ]
  return [`FROM ${base}`, 'ENV LANG=C.UTF-8', `RUN ${steps.join(' && ')}`, ''].join('\n')
}

function fromSuite(suite: string): string {
  return `find /etc/apt -name '*.list' -o -name '*.sources' | xargs sed -i 's/${SUITE}/${suite}/g'`
}

/** One that is there, else the public one. */
async function anyBase(connection: Connection): Promise<string | undefined> {
  for (const image of BASES) if (await hasImage(connection, image)) return image
  return (await pulled(connection, PUBLIC_BASE)) === undefined ? PUBLIC_BASE : undefined
}

/** Both answer with a line of JSON for each step; one with `error` is how they fail. */
async function follow(output: NodeJS.ReadableStream): Promise<void> {
  const lines = (await text(output)).split('\n').filter((line) => line.startsWith('{'))
  const failure = lines.map((line) => JSON.parse(line) as { error?: string }).find(({ error }) => error !== undefined)
  if (failure) throw new Error(failure.error)
}

function unavailable(programs: Programs, reason: string): PaasError {
  return new PaasError('unavailable', 'engine.no-programs', `${programs.name} cannot be had here: ${reason}.`, {
    fix: 'Let the box reach a registry or a Debian mirror, or load the image from another machine.',
    command: `docker pull ${programs.image ?? PUBLIC_BASE}`,
  })
}
