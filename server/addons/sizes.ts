const MB = 1024 ** 2
const MB_OF_GB = 1024

/** `12.3 MB, meant for 10 GB` */
export function sizeOfPlan(bytes: number, storageMb: number | undefined): string {
  const held = `${(bytes / MB).toFixed(1)} MB`
  if (storageMb === undefined) return held
  return `${held}, meant for ${storageMb < MB_OF_GB ? `${storageMb} MB` : `${storageMb / MB_OF_GB} GB`}`
}

/** The limit is of one login, so the busiest one counts. */
export function connectionsOfLogins(busiest: number, limit: number, all: number): string {
  return `${busiest} of ${limit} by the busiest login, ${all} in all`
}

/** For people, when nearly all of what one login may open is. */
export function nearlyAllOpen(open: number, limit: number): string {
  return `${open} of the ${limit} connections that a login may have are open: use a smaller pool or a larger plan.`
}

export function nearlyAllStored(mb: number, limitMb: number): string {
  return `It holds ${mb} MB, and the plan is meant for ${limitMb} MB: remove what nobody needs or take a larger plan.`
}
