/** Put in by scripts/build-cli.ts; absent when the CLI runs from source. */
declare const PAAS_VERSION: string | undefined

export const version = typeof PAAS_VERSION === 'string' ? PAAS_VERSION : 'source'
