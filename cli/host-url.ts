import { UsageError } from './errors.ts'

/** `box.example.com` means https; a loopback address means http. The result is an origin without a slash at the end. */
export function hostUrl(text: string): string {
  const url = parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `${isLoopback(text) ? 'http' : 'https'}://${text}`)
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:') || !url.hostname) {
    throw new UsageError(`${JSON.stringify(text)} is not the address of a box.`, {
      fix: 'Give a host name or a URL, such as https://box.example.com.',
    })
  }
  if (url.username || url.password) {
    throw new UsageError('The address of the box must not hold a user name or password.', {
      fix: 'Leave out what stands before the @; `paas login` asks for the token.',
    })
  }
  return url.origin
}

function parse(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}

/** True for `localhost`, `*.localhost`, `127.0.0.1` and `[::1]`, with or without a port or a path. */
export function isLoopback(text: string): boolean {
  const url = parse(text.includes('://') ? text : `http://${text}`)
  if (!url) return false
  return url.hostname === '[::1]' || /^(?:127\.\d+\.\d+\.\d+|(?:.+\.)?localhost)$/.test(url.hostname)
}
