import { FAILURES, type FailureCode } from './failures.ts'

const HTML = 'text/html; charset=utf-8'
const MAINTENANCE: FailureCode = 'H80'

export type Page = { status: number; type: string; body: string }

export type Problem = { status: number; title: string; help: string; code?: string }

export const UNKNOWN_HOST: Problem = { status: 404, title: 'Not found', help: 'There is nothing at this address.' }

export function failureProblem(code: FailureCode): Problem {
  const { status, description, help } = FAILURES[code]
  return { status, title: description, help, code }
}

/** Pages of an app's own, in HTML, for its errors and for maintenance. */
export type OwnPages = { error?: string; maintenance?: string }

/** HTML for browsers, plain text for everything that does not ask for HTML by name. */
export function errorPage(problem: Problem, accept: string | undefined, requestId: string, own?: OwnPages): Page {
  if (!accept?.includes('text/html')) return textPage(problem, requestId)
  const body = problem.code === MAINTENANCE ? own?.maintenance : problem.status >= 400 ? own?.error : undefined
  return body === undefined ? htmlPage(problem, requestId) : { status: problem.status, type: HTML, body }
}

function textPage({ status, title, help, code }: Problem, requestId: string): Page {
  const body = `${code ? `${code} ` : ''}${title}\n${help}\nRequest id: ${requestId}\n`
  return { status, type: 'text/plain; charset=utf-8', body }
}

function htmlPage({ status, title, help, code }: Problem, requestId: string): Page {
  const body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
body{font:16px/1.5 system-ui,sans-serif;color:#222;background:#fafafa;margin:0;display:grid;place-items:center;min-height:100vh}
main{max-width:30rem;padding:2rem}h1{font-size:1.4rem;margin:0 0 .5rem}p{margin:0 0 1rem}small{color:#666}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}small{color:#999}}
</style>
<main><h1>${escapeHtml(title)}</h1><p>${escapeHtml(help)}</p><small>${code ? `${code} · ` : ''}${escapeHtml(requestId)}</small></main>
</html>
`
  return { status, type: HTML, body }
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`)
}
