import ms from 'ms'

const started = Date.now()

Deno.serve(() => new Response(`up for ${ms(Date.now() - started)}\n`))
