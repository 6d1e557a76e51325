/**
 * What a static site says about its own paths, read once at the start: `_redirects` and `_headers` beside its pages, as
 * Netlify and Cloudflare have them, and `static.json` beside the Procfile, as Heroku's static buildpack had it. Lines that
 * are not understood are named and left out.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const STATUSES = [200, 301, 302, 303, 307, 308, 404, 410]
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/

/** Rules in order; `warn` is told about each line that cannot be followed. */
export async function readRules(root, directory, warn) {
  const json = staticJson(await textOf(join(directory, 'static.json')), warn)
  return {
    redirects: [...redirectLines(await textOf(join(root, '_redirects')), warn), ...json.redirects],
    headers: [...headerLines(await textOf(join(root, '_headers')), warn), ...json.headers],
    singlePage: json.singlePage,
    errorPage: json.errorPage,
  }
}

/** The first rule for this path, with its target filled in: `{ status, target, force }`. */
export function redirectFor(rules, path) {
  for (const { pattern, target, status, force } of rules.redirects) {
    const found = pattern.exec(path)
    if (!found) continue
    const filled = target.replace(/:(\w+)/g, (whole, name) =>
      found.groups && name in found.groups ? (found.groups[name] ?? '') : whole,
    )
    // Two slashes at the beginning would be another host.
    return { status, force, target: target.startsWith('/') ? filled.replace(/^[/\\]+/, '/') : filled }
  }
  return undefined
}

/** Headers of every rule that fits; a later one of the same name wins. */
export function headersFor(rules, path) {
  return rules.headers.filter(({ pattern }) => pattern.test(path)).flatMap(({ headers }) => headers)
}

async function textOf(file) {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'EISDIR') return ''
    throw error
  }
}

/** `/from /to [status][!]`, one rule on a line. */
function redirectLines(text, warn) {
  return lines(text).flatMap((line) => {
    const [from, to, code = '301', ...conditions] = line.trim().split(/\s+/)
    const status = Number(code.replace('!', ''))
    const proxied = status === 200 && /^https?:/.test(to ?? '')
    if (!from.startsWith('/') || !to || !STATUSES.includes(status) || conditions.length > 0 || proxied) {
      warn(`_redirects: left out \`${line.trim()}\`: only \`/from /to status\` within the site is understood`)
      return []
    }
    return [{ pattern: pathPattern(from), target: to, status, force: code.endsWith('!') }]
  })
}

/** A path on a line of its own, its headers indented below. */
function headerLines(text, warn) {
  const rules = []
  for (const line of lines(text)) {
    const [, name, value] = /^\s+([^:]+):\s*(.*)$/.exec(line) ?? []
    if (/^\//.test(line)) rules.push({ pattern: pathPattern(line.trim()), headers: [] })
    else if (name && isHeader(name, value) && rules.length > 0)
      rules.at(-1).headers.push([name.toLowerCase(), value.trim()])
    else warn(`_headers: left out \`${line.trim()}\``)
  }
  return rules
}

function staticJson(text, warn) {
  const none = { redirects: [], headers: [], singlePage: false, errorPage: undefined }
  if (text === '') return none
  try {
    const { redirects = {}, headers = {}, routes = {}, error_page: errorPage } = JSON.parse(text)
    const moved = ([from, { url, status = 301 }]) => ({ pattern: pathPattern(from), target: url, status, force: true })
    const said = ([path, fields]) => ({
      pattern: pathPattern(path),
      headers: Object.entries(fields)
        .filter(([name, value]) => isHeader(name, value))
        .map(([name, value]) => [name.toLowerCase(), value]),
    })
    const routed = ([from, file]) => ({ pattern: pathPattern(from), target: `/${file}`, status: 200, force: false })
    return {
      redirects: [...Object.entries(redirects).map(moved), ...Object.entries(routes).map(routed)],
      headers: Object.entries(headers).map(said),
      singlePage: false,
      errorPage,
    }
  } catch (error) {
    warn(`static.json is left out: ${error.message}`)
    return none
  }
}

function isHeader(name, value) {
  return HEADER_NAME.test(name) && typeof value === 'string' && !/[\r\n\0]/.test(value)
}

function lines(text) {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.trim().startsWith('#'))
}

/** `*` and `**` stand for anything and are `:splat` in the target; `:name` stands for one part. */
function pathPattern(path) {
  let splats = 0
  const source = path
    .split(/(\*+|:[A-Za-z]\w*)/)
    .map((part) => {
      if (part.startsWith('*')) return splats++ === 0 ? '(?<splat>.*)' : '.*'
      if (/^:[A-Za-z]/.test(part)) return `(?<${part.slice(1)}>[^/]+)`
      return part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    })
    .join('')
  // `/blog/*` fits `/blog` as well.
  return new RegExp(`^${source.replace(/\/\(\?<splat>\.\*\)$/, '(?:/(?<splat>.*))?')}/?$`)
}
