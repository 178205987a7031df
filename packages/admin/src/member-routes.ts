import type { MemberInput, MemberPatch } from '@weirlb/model'
import {
  actionDocs,
  actionStates,
  answer,
  bodyErrors,
  memberErrors,
  requireBody,
  type Action
} from './collection-routes.ts'
import { route, type Route } from './route.ts'

const tag = 'Service groups'
const answers = { 200: { doc: 'The service group as it is now.', schema: 'ServiceGroup', etag: true } } as const
const one = '/service-groups/:name/members/:member'

/** Members of a service group, one by one: who adds one need not know the others. */
export const memberRoutes = (): Route[] => [
  route({
    method: 'POST',
    path: '/service-groups/:name/members',
    operationId: 'addMember',
    role: 'admin',
    tag,
    summary: 'Add a member to a service group',
    description: 'The member is appended. One with the same address and port is refused.',
    body: { schema: 'MemberInput', mediaTypes: ['application/json'] },
    ifMatch: true,
    answers,
    errors: [...memberErrors, ...bodyErrors, 'name-taken'],
    write: { collection: 'serviceGroups', action: 'add-member' },
    handle: async ({ weir, params, body, ifMatch }) =>
      answer(
        weir,
        'serviceGroups',
        200,
        await weir.serviceGroups.addMember(params['name']!, requireBody(body, 'member') as MemberInput, { ifMatch })
      )
  }),
  route({
    method: 'PATCH',
    path: one,
    operationId: 'patchMember',
    role: 'admin',
    tag,
    summary: 'Change fields of a member of a service group',
    description: 'By JSON Merge Patch (RFC 7396). The member is named by its address and port: `127.0.0.1:1883`, `[::1]:1883`, `mqtt.example.com:1883`.',
    body: { schema: 'MemberChange', mediaTypes: ['application/merge-patch+json', 'application/json'] },
    ifMatch: true,
    answers,
    errors: [...memberErrors, ...bodyErrors],
    write: { collection: 'serviceGroups', action: 'patch-member' },
    handle: async ({ weir, params, body, ifMatch }) =>
      answer(
        weir,
        'serviceGroups',
        200,
        await weir.serviceGroups.patchMember(
          params['name']!,
          params['member']!,
          requireBody(body, 'patch') as MemberPatch,
          { ifMatch }
        )
      )
  }),
  route({
    method: 'DELETE',
    path: one,
    operationId: 'removeMember',
    role: 'admin',
    tag,
    summary: 'Remove a member from a service group',
    description: 'Its connections are closed, and its persistence entries are deleted.',
    ifMatch: true,
    answers,
    errors: memberErrors,
    write: { collection: 'serviceGroups', action: 'remove-member' },
    handle: async ({ weir, params, ifMatch }) =>
      answer(
        weir,
        'serviceGroups',
        200,
        await weir.serviceGroups.removeMember(params['name']!, params['member']!, { ifMatch })
      )
  }),
  ...(Object.keys(actionStates) as Action[]).map(action => route({
    method: 'POST',
    path: `${one}/${action}`,
    operationId: `${action}Member`,
    role: 'operate',
    tag,
    summary: `${action[0]!.toUpperCase()}${action.slice(1)} a member of a service group`,
    description: `${actionDocs[action]} Sets the member's \`state\` to \`${actionStates[action]}\`. Takes no body.`,
    ifMatch: true,
    answers,
    errors: memberErrors,
    write: { collection: 'serviceGroups', action: `${action}-member` },
    handle: async ({ weir, params, ifMatch }) =>
      answer(weir, 'serviceGroups', 200, await weir.serviceGroups.patchMember(params['name']!, params['member']!, { state: actionStates[action] }, { ifMatch }))
  }))
]
