import { fileURLToPath } from 'node:url'

/** Where a file is that a buildpack puts into apps. */
export function assetFile(name: string): string {
  return fileURLToPath(new URL(`./buildpacks/${name}`, import.meta.url))
}
