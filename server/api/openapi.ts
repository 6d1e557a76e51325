import type { RequestHandler } from 'express'
import { z } from 'zod'
import { API_PREFIX, type OperationId, paths } from '../contract/paths.ts'
import { Problem } from '../contract/problem.ts'
import type { Route } from '../contract/route.ts'
import { routes } from '../contract/routes.ts'

type Json = Record<string, unknown>

/** OpenAPI 3.1, made from the contract at the first request and kept as text. */
export function openapi(version: string): RequestHandler {
  let text: string | undefined
  return (_request, response) => {
    text ??= JSON.stringify(openapiDocument(version))
    response.type('application/json').send(text)
  }
}

export function openapiDocument(version: string): Json {
  const described: Record<string, Json> = {}
  for (const id of Object.keys(paths) as OperationId[]) {
    const [method = '', path = ''] = paths[id].split(' ')
    const template = path.replace(/:(\w+)/g, '{$1}')
    described[template] = { ...described[template], [method.toLowerCase()]: describe(id, routes[id]) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'paas', version },
    servers: [{ url: API_PREFIX }],
    paths: described,
    components: {
      schemas: { Problem: schemaOf(Problem, 'output') },
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'paas tokens:create' } },
    },
  }
}

function describe(id: OperationId, route: Route): Json {
  return {
    operationId: id,
    summary: route.summary,
    tags: [id.split('.')[0]],
    'x-permission': route.permission,
    security: route.permission === 'anyone' ? [] : [{ token: [] }],
    parameters: [...parameters(route.params, 'path'), ...parameters(route.query, 'query')],
    ...(route.body && {
      requestBody: { required: true, content: { 'application/json': { schema: schemaOf(route.body, 'input') } } },
    }),
    ...(route.upload && {
      requestBody: { required: true, content: { 'application/x-tar': {}, 'application/gzip': {} } },
    }),
    responses: { [String(route.status ?? 200)]: success(route), default: failure },
  }
}

function parameters(schema: z.ZodObject | undefined, place: 'path' | 'query'): Json[] {
  if (!schema) return []
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as { properties?: Json; required?: string[] }
  return Object.entries(properties).map(([name, value]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: value,
  }))
}

function success(route: Route): Json {
  if (route.status === 204) return { description: 'Done' }
  if (route.download) return { description: 'The file', content: { 'application/octet-stream': {} } }
  const schema = schemaOf(route.response, 'output')
  if (!route.stream) return { description: 'Done', content: { 'application/json': { schema } } }
  return {
    description: 'A stream of these, one a line or one an event',
    content: { 'application/x-ndjson': { schema }, 'text/event-stream': { schema } },
  }
}

const failure = {
  description: 'What happened, why, and the way out',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { target: 'draft-2020-12', io, unrepresentable: 'any' })
  return json
}
