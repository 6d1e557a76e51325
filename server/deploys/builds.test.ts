import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { AppsKit } from '../apps/apps-kit.ts'
import { BuildOutputs } from './build-output.ts'
import { Builds } from './builds.ts'

test('the sources and outputs of a destroyed app go, those of others stay', async () => {
  using kit = new AppsKit()
  const directory = join(kit.directory, 'builds')
  const builds = new Builds({ db: kit.db, outputs: new BuildOutputs(directory), directory, cancel: () => false })
  const other = kit.apps.create(kit.bob, 'blog')
  const [mine, theirs] = [kit.shop, other].map((app) => {
    const { id } = builds.create({ appId: app.id, commit: 'c0ffee', userId: null })
    mkdirSync(join(directory, id), { recursive: true })
    writeFileSync(join(directory, id, 'output.log'), 'printed')
    return join(directory, id)
  }) as [string, string]
  await builds.forgetAll(kit.shop.id)
  expect([existsSync(mine), existsSync(theirs)]).toEqual([false, true])
})
