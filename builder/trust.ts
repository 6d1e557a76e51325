/**
 * What tells each language's tools of a bundle of authorities: Node.js, Deno, whatever uses OpenSSL (uv, Ruby, PHP, Composer, Go),
 * requests, pip, curl, Cargo, git, Bundler, Hex. Java reads none of them.
 */
const TRUST = [
  'NODE_EXTRA_CA_CERTS',
  'DENO_CERT',
  'SSL_CERT_FILE',
  'REQUESTS_CA_BUNDLE',
  'PIP_CERT',
  'CURL_CA_BUNDLE',
  'CARGO_HTTP_CAINFO',
  'GIT_SSL_CAINFO',
  'BUNDLE_SSL_CA_CERT',
  'HEX_CACERTS_PATH',
]

/** All but the first two take the place of what the tool trusts by itself, so the file has the public authorities, too. */
export function trustVariables(file: string): Record<string, string> {
  return Object.fromEntries(TRUST.map((name) => [name, file]))
}
