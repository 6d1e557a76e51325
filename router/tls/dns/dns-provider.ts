/** A TXT record: where in which zone, and its one value. */
export type TxtRecord = { zone: string; name: string; value: string }

/** Writes and takes away TXT records at whoever serves a zone. Both throw with a reason in words; both may be repeated. */
export interface DnsProvider {
  add(record: TxtRecord, signal: AbortSignal): Promise<void>
  remove(record: TxtRecord, signal: AbortSignal): Promise<void>
}

/** Makes a provider of the settings of a zone, or throws naming the setting that is missing. */
export type DnsProviderMaker = (settings: Record<string, string>) => DnsProvider

/** Throws in words when a setting is missing. */
export function setting(provider: string, settings: Record<string, string>, name: string): string {
  const value = settings[name]
  if (!value) throw new Error(`the provider ${provider} needs the setting "${name}"`)
  return value
}
