import ms from 'ms'

const started = Date.now()

Bun.serve({
  port: Number(process.env['PORT'] ?? 5000),
  fetch: () => new Response(`up for ${ms(Date.now() - started)}\n`),
})
