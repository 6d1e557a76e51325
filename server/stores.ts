import { openAddonStores } from './addons/addons.ts'
import { Apps } from './apps/apps.ts'
import { BuildSettingsStore } from './apps/build-settings.ts'
import { BuildpackStore } from './apps/buildpacks.ts'
import { ConfigVarStore } from './apps/config-vars.ts'
import { Domains } from './apps/domains.ts'
import { Formation } from './apps/formation.ts'
import { PathRoutes } from './apps/path-routes.ts'
import { RoutingStore } from './apps/routing.ts'
import type { Config } from './config.ts'
import type { Database } from './db/database.ts'
import type { SecretBox } from './db/secret-box.ts'
import type { Settings } from './db/settings.ts'
import { AcmeStore } from './deploys/acme-settings.ts'
import { BoxSettingsStore } from './deploys/box-settings.ts'
import { buildLimits } from './deploys/build-limits.ts'
import { diskSettings } from './deploys/disk-settings.ts'
import type { Log } from './log.ts'
import { Access } from './people/access.ts'
import { ActivityLog } from './people/activity.ts'
import { Claims } from './people/claims.ts'
import { Keys } from './people/keys.ts'
import { Passwords } from './people/passwords.ts'
import { Sessions } from './people/sessions.ts'
import { SignIn } from './people/sign-in.ts'
import { Tokens } from './people/tokens.ts'
import { Users } from './people/users.ts'

type Opened = { config: Config; log: Log; db: Database; box: SecretBox; settings: Settings }

/** What a box remembers of its people, its apps and itself: objects that hold nothing but the database. */
export type Stores = ReturnType<typeof openStores>

export function openStores({ config, log, db, box, settings }: Opened) {
  const users = new Users(db)
  const tokens = new Tokens(db)
  const keys = new Keys(db)
  const claims = new Claims(db, users, tokens)
  const sessions = new Sessions(db)
  const signIn = new SignIn({ users, claims, sessions, passwords: new Passwords(db) })
  const access = new Access(db)
  const activity = new ActivityLog(db)
  const apps = new Apps(db, access)
  const configVars = new ConfigVarStore(db, box)
  const buildSettings = new BuildSettingsStore(db)
  const buildpacks = new BuildpackStore(db)
  const domains = new Domains(db, settings)
  const formation = new Formation(db)
  const routing = new RoutingStore(db, domains)
  const paths = new PathRoutes(db, apps, domains, access)
  const boxSettings = new BoxSettingsStore(settings, domains, config.baseDomain)
  const acme = new AcmeStore({ settings, box, enabled: config.publicHttpsPort !== null, log })
  acme.sealClear()
  return {
    users,
    tokens,
    keys,
    claims,
    sessions,
    signIn,
    access,
    activity,
    apps,
    configVars,
    buildSettings,
    buildpacks,
    domains,
    formation,
    routing,
    paths,
    boxSettings,
    acme,
    diskSettings: diskSettings(settings),
    buildLimits: buildLimits(settings),
    ...openAddonStores(db, box),
  }
}
