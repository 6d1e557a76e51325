export type BuilderConfig = {
  /** Where tools such as npm are found. */
  path: string
}

const USUAL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Everything the builder process takes from its environment; the rest comes with the request. */
export function readBuilderConfig(environment: NodeJS.ProcessEnv = process.env): BuilderConfig {
  return { path: environment['PATH'] || USUAL_PATH }
}
