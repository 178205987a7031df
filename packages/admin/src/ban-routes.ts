import { banInput, WeirError } from '@weirlb/model'
import { z } from 'zod'
import { bodyErrors } from './collection-routes.ts'
import { cut, listLimit } from './listing.ts'
import { parseBody } from './request-input.ts'
import { route, type Route } from './route.ts'

const missing = (address: string): WeirError => new WeirError('not-found', `${address} is not banned`)

/** Addresses that are refused for a time. */
export const banRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/bans',
    operationId: 'listBans',
    role: 'read',
    tag: 'Bans',
    summary: 'List bans',
    query: z.object({ limit: listLimit }),
    answers: { 200: { doc: 'Bans that have not ended, the latest first.', schema: 'Bans' } },
    handle: ({ weir, query }) => ({ status: 200, body: cut(weir.bans.list(query.limit + 1), query.limit) })
  }),
  route({
    method: 'POST',
    path: '/bans',
    operationId: 'setBan',
    role: 'operate',
    tag: 'Bans',
    summary: 'Ban an address',
    description: 'No user vserver accepts clients from the address until the ban ends, and none of its HTTP requests are served. Open connections stay. Of an address that is banned already, this end counts. The API is never behind bans.',
    body: { schema: 'BanInput', mediaTypes: ['application/json'] },
    answers: { 201: { doc: 'The ban.', schema: 'Ban', location: true } },
    errors: [...bodyErrors, 'ban-invalid'],
    write: { action: 'set-ban' },
    handle: ({ weir, base, body }) => {
      const set = weir.bans.set(parseBody(banInput, body))
      return { status: 201, body: set, location: `${base}/v1/bans/${encodeURIComponent(set.address)}` }
    }
  }),
  route({
    method: 'GET',
    path: '/bans/:address',
    operationId: 'getBan',
    role: 'read',
    tag: 'Bans',
    summary: 'Show the ban of an address',
    answers: { 200: { doc: 'The ban.', schema: 'Ban' } },
    errors: ['not-found', 'ban-invalid'],
    handle: ({ weir, params }) => {
      const found = weir.bans.get(params['address']!)
      if (found === undefined) throw missing(params['address']!)
      return { status: 200, body: found }
    }
  }),
  route({
    method: 'DELETE',
    path: '/bans/:address',
    operationId: 'deleteBan',
    role: 'operate',
    tag: 'Bans',
    summary: 'Lift the ban of an address',
    answers: { 204: { doc: 'Its clients are accepted again.' } },
    errors: ['not-found', 'ban-invalid'],
    write: { action: 'delete-ban' },
    handle: ({ weir, params }) => {
      if (!weir.bans.delete(params['address']!)) throw missing(params['address']!)
      return { status: 204 }
    }
  }),
  route({
    method: 'DELETE',
    path: '/bans',
    operationId: 'deleteBans',
    role: 'operate',
    tag: 'Bans',
    summary: 'Lift all bans',
    query: z.object({ all: z.literal('true').describe('Says that all are meant.') }),
    answers: { 200: { doc: 'Number of lifted bans.', schema: 'DeletedBans' } },
    write: { action: 'delete-bans' },
    handle: ({ weir }) => ({ status: 200, body: { deleted: weir.bans.deleteAll() } })
  })
]
