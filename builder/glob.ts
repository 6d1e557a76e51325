const TOKEN = /\*\*\/?|\*|\?|\[(?:\\.|[^\]\\])+\]|\\.|[\s\S]/gu

/** The expression for a path of the shell's pattern in which `**` spans directories; one that cannot be read is taken letter by letter. */
export function compileGlob(pattern: string): RegExp {
  try {
    return new RegExp(`^${translate(pattern)}$`, 's')
  } catch {
    return new RegExp(`^${literal(pattern)}$`)
  }
}

function translate(pattern: string): string {
  return pattern.replace(TOKEN, (token, at: number) => {
    if (token.startsWith('**')) return at + token.length === pattern.length ? '.*' : '(?:.*/)?'
    if (token === '*') return '[^/]*'
    if (token === '?') return '[^/]'
    if (token.length > 2 && token.startsWith('[')) return token
    return literal(token.length > 1 && token.startsWith('\\') ? token.slice(1) : token)
  })
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}
