/** The token in an Authorization header: a bearer, or the password of Basic whatever the user name (RFC 7617). */
export function tokenOf(authorization: string | undefined): string | undefined {
  const [scheme, value] = authorization?.split(' ') ?? []
  if (!scheme || !value) return undefined
  if (scheme.toLowerCase() === 'bearer') return value
  if (scheme.toLowerCase() !== 'basic') return undefined
  const pair = Buffer.from(value, 'base64').toString()
  const colon = pair.indexOf(':')
  return colon === -1 ? pair : pair.slice(colon + 1) || pair.slice(0, colon)
}
