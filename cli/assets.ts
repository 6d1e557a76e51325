/** Filled in by scripts/build-cli.ts: name and text of each. */
declare const PAAS_ASSETS: Record<string, string>

/** A file that a buildpack puts into apps. */
export function assetText(name: string): string {
  return PAAS_ASSETS[name] ?? ''
}
