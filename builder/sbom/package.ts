/** One package as a lock file names it. */
export type LockedPackage = {
  /** The type of a package URL: https://github.com/package-url/purl-spec. */
  type: 'npm' | 'pypi' | 'gem' | 'golang' | 'composer' | 'cargo'
  name: string
  version: string
  /** Not part of the running app, as far as the lock file tells. */
  development?: boolean
  /** Subresource integrity: `sha512-` and base64. */
  integrity?: string
}

/** `pkg:npm/%40scope/name@1.0.0`. */
export function packageUrl({ type, name, version }: LockedPackage): string {
  const path = (type === 'pypi' ? name.toLowerCase().replaceAll('_', '-') : name).split('/').map(encodeURIComponent)
  return `pkg:${type}/${path.join('/')}@${encodeURIComponent(version)}`
}
