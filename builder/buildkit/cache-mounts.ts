/** `RUN` and the flags behind it, over continued lines and the comments between them. */
const RUN_FLAGS = /^[ \t]*(?:ONBUILD[ \t]+)?RUN(?:(?:[ \t]|[\\`][ \t]*\r?\n(?:[ \t]*#.*\r?\n)*)+--\S+)+/gim
const MOUNT = /--mount=(\S+)/g

/**
 * Gives an app's cache mounts names of its own. The engine keeps one set of caches for everybody, by `id` or, without
 * one, by path: an app that mounts /root/.npm could leave packages there for the next app that does.
 */
export function scopeCacheMounts(dockerfile: string, app: string): string {
  return dockerfile.replace(RUN_FLAGS, (flags) =>
    flags.replace(MOUNT, (mount, options: string) => (isCache(options) ? `--mount=${scoped(options, app)}` : mount)),
  )
}

function isCache(options: string): boolean {
  return options.split(',').some((option) => option.toLowerCase() === 'type=cache')
}

function scoped(options: string, app: string): string {
  const id = optionOf(options, /^id=/i) ?? optionOf(options, /^(?:target|dst|destination)=/i) ?? ''
  const others = options.split(',').filter((option) => !/^id=/i.test(option))
  return [...others, `id=paas-${app}-own-${id}`].join(',')
}

function optionOf(options: string, name: RegExp): string | undefined {
  const option = options.split(',').findLast((each) => name.test(each))
  return option?.replace(name, '')
}
