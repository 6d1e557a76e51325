/** As router/builtins.ts: an `import` of node:tls would read all the root certificates that node knows. */
export const { connect, createSecureContext, createServer } = process.getBuiltinModule('node:tls')
