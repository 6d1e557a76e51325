/** Who a step runs as, and may read what is mounted for it. */
export type Owner = { user: number; group: number }

export const CERTIFICATES = '/run/paas/ca.crt'
export const CONFIG_VARS = '/run/paas/env'

/** The machine's authorities, as the secret `ca`. */
export function certificateMount(owner: Owner): string {
  return secretMount('ca', CERTIFICATES, owner)
}

/** All config vars in one file, as the secret `env`. */
export function configVarsMount(owner: Owner): string {
  return secretMount('env', CONFIG_VARS, owner)
}

/** A directory that is kept from build to build of one app. */
export function cacheMount(app: string, id: string, target: string, { user, group }: Owner): string {
  return `--mount=type=cache,id=paas-${app}-${id},target=${target},uid=${user},gid=${group}`
}

/** A directory in memory: no layer has it. */
export function memoryMount(target: string): string {
  return `--mount=type=tmpfs,target=${target}`
}

function secretMount(id: string, target: string, { user, group }: Owner): string {
  return `--mount=type=secret,id=${id},target=${target},uid=${user},gid=${group},required=false`
}
