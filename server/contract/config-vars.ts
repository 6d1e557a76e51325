import { z } from 'zod'
import { ConfigVarName } from './names.ts'

/** All of an app's config vars together, names and values, in bytes (Heroku: 64 KB). */
export const CONFIG_VARS_MAX_BYTES = 64 * 1024

export const ConfigVars = z.record(ConfigVarName, z.string())
export type ConfigVars = z.infer<typeof ConfigVars>

/** Null unsets. The change makes one release however many names it has; no change makes none. */
export const UpdateConfigVars = z.object({ vars: z.record(ConfigVarName, z.string().nullable()) })

/** `release` is null when nothing changed or the app has no release yet. */
export const ConfigChange = z.object({ vars: ConfigVars, release: z.int().nullable(), deploy: z.string().nullable() })
