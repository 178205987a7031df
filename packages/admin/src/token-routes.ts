import { rotateInput, tokenInput } from '@weirlb/model'
import { bodyErrors, requireBody } from './collection-routes.ts'
import { parseBody } from './request-input.ts'
import { route, type Route } from './route.ts'

const tag = 'Access'
const one = '/tokens/:name'

/** A token with a scope must not make one without. */
const scope = (): undefined[] => [undefined]

/** Named tokens of the API. */
export const tokenRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/tokens',
    operationId: 'listTokens',
    role: 'read',
    tag,
    summary: 'List the tokens',
    answers: { 200: { doc: 'Every named token, without its secret.', schema: 'ApiTokens' } },
    handle: ({ tokens }) => ({ status: 200, body: { items: tokens.list() } })
  }),
  route({
    method: 'POST',
    path: '/tokens',
    operationId: 'createToken',
    role: 'admin',
    tag,
    summary: 'Create a token',
    description: 'The response is the only one that shows it. It is valid at once.',
    body: { schema: 'TokenInput', mediaTypes: ['application/json'] },
    answers: { 201: { doc: 'The new token, with its secret.', schema: 'NewApiToken', location: true } },
    errors: [...bodyErrors, 'name-taken', 'config-invalid', 'storage-failed', 'worker-unavailable'],
    write: { action: 'create-token' },
    scope,
    handle: async ({ base, body, tokens }) => {
      const created = await tokens.create(parseBody(tokenInput, requireBody(body, 'token')))
      return { status: 201, body: created, location: `${base}/v1/tokens/${encodeURIComponent(created.name)}` }
    }
  }),
  route({
    method: 'GET',
    path: one,
    operationId: 'getToken',
    role: 'read',
    tag,
    summary: 'Show a token',
    answers: { 200: { doc: 'The token, without its secret.', schema: 'ApiToken' } },
    errors: ['not-found'],
    handle: ({ params, tokens }) => ({ status: 200, body: tokens.get(params['name']!) })
  }),
  route({
    method: 'POST',
    path: `${one}/rotate`,
    operationId: 'rotateToken',
    role: 'admin',
    tag,
    summary: 'Give a token a new secret',
    description: 'The response is the only one that shows it. With `overlapSeconds` the previous secret stays valid for that time; otherwise it ends at once, and so do its streams.',
    body: { schema: 'RotateInput', mediaTypes: ['application/json'], optional: true },
    answers: { 200: { doc: 'The token, with its new secret.', schema: 'NewApiToken' } },
    errors: [...bodyErrors, 'not-found', 'storage-failed', 'worker-unavailable'],
    write: { action: 'rotate-token' },
    scope,
    handle: async ({ params, body, tokens }) => ({
      status: 200,
      body: await tokens.rotate(params['name']!, parseBody(rotateInput, body === undefined ? {} : body))
    })
  }),
  route({
    method: 'DELETE',
    path: one,
    operationId: 'deleteToken',
    role: 'admin',
    tag,
    summary: 'Revoke a token',
    description: 'Requests with it are refused from now on, and streams that it has begun end.',
    answers: { 204: { doc: 'The token is revoked.' } },
    errors: ['not-found', 'storage-failed', 'worker-unavailable'],
    write: { action: 'delete-token' },
    scope,
    handle: async ({ params, tokens }) => {
      await tokens.delete(params['name']!)
      return { status: 204 }
    }
  })
]
