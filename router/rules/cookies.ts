/** The values of all cookies of this name (RFC 6265 section 5.4: one of a narrower path comes first). */
export function cookieValues(cookies: string, name: string): string[] {
  if (!cookies.includes(name)) return []
  const values: string[] = []
  for (const pair of cookies.split(';')) {
    const equals = pair.indexOf('=')
    if (equals !== -1 && pair.slice(0, equals).trim() === name) values.push(pair.slice(equals + 1).trim())
  }
  return values
}

/** For this visit's part of the host and as long as the browser is open; scripts do not see it. */
export function setCookieLine(
  name: string,
  value: string,
  { https, prefix }: { https: boolean; prefix: string },
): string {
  const secure = https ? '; Secure' : ''
  return `Set-Cookie: ${name}=${value}; Path=${prefix || '/'}; HttpOnly; SameSite=Lax${secure}\r\n`
}
