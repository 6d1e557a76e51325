/** Where the world reaches the box. Functions, because an admin may change the base domain while we run. */
export type AppAddresses = {
  baseDomain: () => string
  /** Of the router; 80 is left out of URLs. */
  httpPort: () => number
  ssh: () => { host: string; port: number }
}
