import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Apps } from '../../apps/apps.ts'
import { ConfigVarStore } from '../../apps/config-vars.ts'
import { Database } from '../../db/database.ts'
import { SecretBox } from '../../db/secret-box.ts'
import { Settings } from '../../db/settings.ts'
import { EmbeddedEngine } from '../../engine/embedded.ts'
import { killAt } from '../../faults.ts'
import { createLog } from '../../log.ts'
import { Access } from '../../people/access.ts'
import { Addons, openAddonStores } from '../addons.ts'
import { AddonThings } from '../backups/addon-things.ts'
import { openBackupsAndArchives } from '../backups/open.ts'

/** For tests: a server of the platform that archives in this directory and ends itself with SIGKILL at a point. */
const [, , directory = '', fault] = process.argv
const log = createLog('victim', 'error')
const db = Database.open(join(directory, 'paas.db'))
const box = SecretBox.open(join(directory, 'secret.key'))
const engine = new EmbeddedEngine({ directory: join(directory, 'embedded'), log })
await engine.start()
const apps = new Apps(db, new Access(db))
const stores = openAddonStores(db, box)
const addons = new Addons({
  ...{ ...stores, db, box, apps, configVars: new ConfigVarStore(db, box), engine, log },
  activity: { record: () => undefined },
  deploys: { configChanged: () => null },
  beforeDestroy: async () => {},
})
const rows = stores.addonRows
openBackupsAndArchives(
  {
    ...{ db, box, settings: new Settings(db), directory: join(directory, 'backups'), boxId: 'box_1', log },
    things: new AddonThings({ addons, rows, apps, box }),
    activity: { record: () => undefined },
    nameOfApp: () => undefined,
    requireSpace: async () => undefined,
    faults: killAt(fault),
  },
  { addons, rows, apps, times: { look: 100, mark: 500 } },
).backups.start()
await pause(30_000)
