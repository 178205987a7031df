import {
  collectionNames,
  collections,
  WeirError,
  type CollectionName,
  type Entity,
  type ErrorCode
} from '@weirlb/model'
import type { Versioned, Weir, WriteOptions } from '@weirlb/core'
import { entityComponents } from './entity-components.ts'
import { view, viewAll, withoutStatus } from './entity-view.ts'
import { alreadyHas } from './etag.ts'
import { route, type Answer, type Route, type Tag } from './route.ts'

/** Words for a collection beside its noun. */
const words = {
  extensions: { tag: 'Extensions', a: 'an' },
  userProtocols: { tag: 'User protocols', a: 'a' },
  certkeys: { tag: 'Certkeys', a: 'a' },
  monitors: { tag: 'Monitors', a: 'a' },
  services: { tag: 'Services', a: 'a' },
  serviceGroups: { tag: 'Service groups', a: 'a' },
  lbVservers: { tag: 'LB vservers', a: 'an' },
  glbs: { tag: 'GLBs', a: 'a' },
  userVservers: { tag: 'User vservers', a: 'a' },
  geoDatabases: { tag: 'Geo databases', a: 'a' },
  lists: { tag: 'Lists', a: 'a' },
  accessRules: { tag: 'Access rules', a: 'an' },
  lockdowns: { tag: 'Lockdowns', a: 'a' },
  userAgentRules: { tag: 'User-agent rules', a: 'a' },
  rules: { tag: 'Rules', a: 'a' },
  edgeFunctions: { tag: 'Edge functions', a: 'an' },
  triggers: { tag: 'Triggers', a: 'a' },
  rateLimits: { tag: 'Rate limits', a: 'a' },
  managedChecks: { tag: 'Managed checks', a: 'a' }
} as const satisfies Record<CollectionName, { tag: Tag, a: string }>

const extensionErrors = [
  'extension-compile', 'extension-types', 'extension-unchecked', 'extension-checks-waiting', 'extension-import',
  'extension-no-default', 'extension-invalid', 'extension-replies', 'extension-api', 'extension-load',
  'runtime-unavailable'
] as const satisfies ErrorCode[]

/** What can be wrong with the code of an edge function. */
export const functionErrors = [
  'extension-compile', 'extension-types', 'extension-unchecked', 'extension-checks-waiting', 'extension-import',
  'extension-load', 'function-invalid', 'runtime-unavailable'
] as const satisfies ErrorCode[]

/** Further errors of a collection's entities, beside fields and references. */
const ownErrors: Readonly<Record<CollectionName, readonly ErrorCode[]>> = {
  extensions: [
    ...extensionErrors,
    'builtin-unknown',
    'params-invalid',
    'extension-failed',
    'probe-absent',
    'canary-running',
    'rule-invalid',
    'limit-invalid'
  ],
  userProtocols: ['params-invalid', 'extension-failed', 'rule-invalid', 'limit-invalid'],
  certkeys: ['certificate-invalid'],
  monitors: ['probe-absent', 'params-invalid', 'extension-failed'],
  services: ['probe-absent', 'params-invalid', 'extension-failed'],
  serviceGroups: ['probe-absent', 'params-invalid', 'extension-failed'],
  lbVservers: ['probe-absent', 'params-invalid', 'extension-failed'],
  glbs: [],
  userVservers: [
    'address-taken',
    'address-unusable',
    'params-invalid',
    'extension-failed',
    'rule-invalid',
    'limit-invalid'
  ],
  geoDatabases: ['geo-invalid'],
  lists: ['rule-invalid'],
  accessRules: [],
  lockdowns: [],
  userAgentRules: [],
  rules: ['rule-invalid'],
  rateLimits: ['limit-invalid'],
  edgeFunctions: [...functionErrors],
  triggers: [],
  managedChecks: ['rule-invalid']
}

/** Errors of any change of the configuration. */
export const changeErrors: readonly ErrorCode[] = [
  'config-invalid',
  'reference-unknown',
  'storage-failed',
  'worker-unavailable',
  'apply-failed',
  'store-unreachable',
  'store-key',
  'revision-conflict'
]
/** Errors of any body. */
export const bodyErrors: readonly ErrorCode[] = ['body-invalid', 'body-too-large', 'media-type-unsupported']
/** Errors of a whole configuration. */
export const wholeConfigErrors: readonly ErrorCode[] = [
  ...new Set([...changeErrors, 'name-taken' as const, ...Object.values(ownErrors).flat()])
]
export { extensionErrors }
/** Errors of a change of a service group's members. */
export const memberErrors: readonly ErrorCode[] = [
  ...changeErrors,
  ...ownErrors.serviceGroups,
  'not-found',
  'precondition-failed'
]
/** Errors of a change of a list's items. */
export const listErrors: readonly ErrorCode[] = [
  ...changeErrors,
  ...ownErrors.lists,
  'not-found',
  'precondition-failed'
]
/** Errors of a change of an LB vserver's bindings. */
export const bindingErrors: readonly ErrorCode[] = [
  ...changeErrors,
  ...ownErrors.lbVservers,
  'not-found',
  'precondition-failed'
]

/** Actions on an extension's versions; each is a method of the library. */
const versionActions = {
  rollback: {
    summary: 'Roll an extension back to its previous version',
    description:
      'New connections get the previous version, under its own number. Up to five versions can be undone, one at a time. Takes no body.',
    error: 'version-absent',
    run: (weir, name, options) => weir.extensions.rollback(name, options)
  },
  promote: {
    summary: 'Promote the canary of an extension',
    description: 'Every new connection gets the canary; existing ones stay on their version. Takes no body.',
    error: 'canary-absent',
    run: (weir, name, options) => weir.extensions.promote(name, options)
  }
} as const satisfies Record<
  string,
  {
    summary: string
    description: string
    error: ErrorCode
    run: (weir: Weir, name: string, options: WriteOptions) => Promise<Versioned<Entity<'extensions'>>>
  }
>

/** The state that each action sets. A collection has the actions whose states its schema has. */
export const actionStates = { enable: 'enabled', disable: 'disabled', drain: 'draining' } as const
/** A verb of a collection that sets `state`. */
export type Action = keyof typeof actionStates

export const actionDocs: Readonly<Record<Action, string>> = {
  enable: 'Accept clients again.',
  disable: 'Accept no new clients and close existing connections.',
  drain: 'Accept no new clients and keep existing connections.'
}
/** Descriptions that differ for one collection. */
const ownActionDocs: Partial<Readonly<Record<CollectionName, Partial<Readonly<Record<Action, string>>>>>> = {
  lbVservers: { disable: 'Accept no new clients, leave them to the backup, and keep existing connections.' },
  accessRules: { enable: 'Look at the access rule again.', disable: 'Look at the access rule no more.' },
  lockdowns: { enable: 'Look at the lockdown again.', disable: 'Look at the lockdown no more.' },
  userAgentRules: { enable: 'Look at the user-agent rule again.', disable: 'Look at the user-agent rule no more.' },
  rules: { enable: 'Look at the rule again.', disable: 'Look at the rule no more.' },
  triggers: { enable: 'Match requests again.', disable: 'Match no more requests.' },
  rateLimits: { enable: 'Count again.', disable: 'Count no more.' },
  managedChecks: { enable: 'Look at the checks again.', disable: 'Look at the checks no more.' },
  glbs: {
    enable: 'Match clients again.',
    disable: 'Match no more clients, as if it were not bound, and keep existing connections.'
  }
}

/** Actions of a collection: `enable`, `disable`, `drain`, or none. */
export const actionsOf = (collection: CollectionName): Action[] => {
  const { schema } = collections[collection]
  const state = 'shape' in schema && 'state' in schema.shape ? schema.shape.state : undefined
  const states: readonly string[] = state?.unwrap().options ?? []
  // What takes a service away may be a job (`job-routes.ts`).
  return (Object.keys(actionStates) as Action[]).filter(action =>
    states.includes(actionStates[action]) && !(action !== 'enable' && collection === 'services')
  )
}

/** The routes of every collection of the model. */
export const collectionRoutes = (): Route[] => [
  ...collectionNames.flatMap(
    collection => [...entityRoutes(collection), ...actionsOf(collection).map(action => actionRoute(collection, action))]
  ),
  ...versionRoutes(),
  orderRoute()
]

const entityRoutes = (collection: CollectionName): Route[] => {
  const { path, noun } = collections[collection]
  const { tag, a } = words[collection]
  const component = entityComponents[collection]
  const one = `/${path}/:name`
  const shown = { schema: component, etag: true } as const
  const errors = [...changeErrors, ...bodyErrors, ...ownErrors[collection]]
  return [
    route({
      method: 'GET',
      path: `/${path}`,
      operationId: `list${component}s`,
      role: 'read',
      tag,
      summary: `List every ${noun}`,
      answers: { 200: { doc: `Every ${noun}, in the order of the configuration.`, schema: `${component}List` } },
      handle: async ({ weir }) => ({ status: 200, body: { items: await viewAll(weir, collection) } })
    }),
    route({
      method: 'POST',
      path: `/${path}`,
      operationId: `create${component}`,
      role: 'admin',
      tag,
      summary: `Create ${a} ${noun}`,
      body: { schema: `${component}Input`, mediaTypes: ['application/json'] },
      answers: { 201: { doc: `The new ${noun}.`, location: true, ...shown } },
      errors: [...errors, 'name-taken'],
      write: { collection, action: 'create' },
      handle: async ({ weir, base, body }) => {
        const created = await weir.collection(collection).create(withoutStatus(requireBody(body, noun)))
        return {
          ...await answer(weir, collection, 201, created),
          location: `${base}/v1/${path}/${encodeURIComponent(created.value.name)}`
        }
      }
    }),
    route({
      method: 'GET',
      path: one,
      operationId: `get${component}`,
      role: 'read',
      tag,
      summary: `Show ${a} ${noun}`,
      ifNoneMatch: true,
      answers: { 200: { doc: `The ${noun} with its status.`, ...shown } },
      errors: ['not-found'],
      handle: ({ weir, params, ifNoneMatch }) => {
        const found = weir.collection(collection).require(params['name']!)
        return alreadyHas(ifNoneMatch, found.etag)
          ? { status: 304, etag: found.etag }
          : answer(weir, collection, 200, found)
      }
    }),
    route({
      method: 'PUT',
      path: one,
      operationId: `replace${component}`,
      role: 'admin',
      tag,
      summary: `Replace ${a} ${noun}`,
      description: 'Omitted fields return to their defaults. `name` may be omitted; it cannot be changed.' +
        (collection === 'certkeys' ? ' A certkey without `key` keeps the key it has.' : '') +
        (collection === 'extensions' ? ' New clients get the new version at once; existing connections stay on the old one. A version that does not load changes nothing. With a `canary` that has no code, the code in the body becomes the canary and the current version stays.' : ''),
      body: { schema: `${component}Replacement`, mediaTypes: ['application/json'] },
      ifMatch: true,
      answers: { 200: { doc: `The ${noun} as it is now.`, ...shown } },
      errors: [...errors, 'not-found', 'precondition-failed'],
      write: { collection, action: 'replace' },
      handle: async ({ weir, body, params, ifMatch }) =>
        answer(
          weir,
          collection,
          200,
          await weir.collection(collection).replace(params['name']!, withoutStatus(requireBody(body, noun)), {
            ifMatch
          })
        )
    }),
    route({
      method: 'PATCH',
      path: one,
      operationId: `patch${component}`,
      role: 'admin',
      tag,
      summary: `Change fields of ${a} ${noun}`,
      description:
        'JSON Merge Patch (RFC 7396): null resets a field to its default, objects merge, lists are replaced.',
      body: { schema: `${component}Patch`, mediaTypes: ['application/merge-patch+json', 'application/json'] },
      ifMatch: true,
      answers: { 200: { doc: `The ${noun} as it is now.`, ...shown } },
      errors: [...errors, 'not-found', 'precondition-failed'],
      write: { collection, action: 'patch' },
      handle: async ({ weir, body, params, ifMatch }) =>
        answer(
          weir,
          collection,
          200,
          await weir.collection(collection).patch(params['name']!, withoutStatus(requireBody(body, noun)), { ifMatch })
        )
    }),
    route({
      method: 'DELETE',
      path: one,
      operationId: `delete${component}`,
      role: 'admin',
      tag,
      summary: `Delete ${a} ${noun}`,
      ifMatch: true,
      answers: { 204: { doc: `The ${noun} is deleted.` } },
      errors: [...changeErrors, 'not-found', 'in-use', 'precondition-failed'],
      write: { collection, action: 'delete' },
      handle: async ({ weir, params, ifMatch }) => {
        await weir.collection(collection).delete(params['name']!, { ifMatch })
        return { status: 204 }
      }
    })
  ]
}

const actionRoute = (collection: CollectionName, action: Action): Route => {
  const { path, noun } = collections[collection]
  const component = entityComponents[collection]
  return route({
    method: 'POST',
    path: `/${path}/:name/${action}`,
    operationId: `${action}${component}`,
    role: 'operate',
    tag: words[collection].tag,
    summary: `${action[0]!.toUpperCase()}${action.slice(1)} ${words[collection].a} ${noun}`,
    description: `${ownActionDocs[collection]?.[action] ?? actionDocs[action]} Sets \`state\` to \`${
      actionStates[action]
    }\`. Takes no body.`,
    ifMatch: true,
    answers: { 200: { doc: `The ${noun} as it is now.`, schema: component, etag: true } },
    errors: [...changeErrors, ...ownErrors[collection], 'not-found', 'precondition-failed'],
    write: { collection, action },
    handle: async ({ weir, params, ifMatch }) =>
      answer(
        weir,
        collection,
        200,
        await weir.collection(collection).patch(params['name']!, { state: actionStates[action] } as never, { ifMatch })
      )
  })
}

const versionRoutes = (): Route[] =>
  Object.entries(versionActions).map(([action, { summary, description, error, run }]) =>
    route({
      method: 'POST',
      path: `/${collections.extensions.path}/:name/${action}`,
      operationId: `${action}Extension`,
      role: 'admin',
      tag: words.extensions.tag,
      summary,
      description,
      ifMatch: true,
      answers: { 200: { doc: 'The extension as it is now.', schema: 'Extension', etag: true } },
      errors: [...changeErrors, ...ownErrors.extensions, error, 'not-found', 'precondition-failed'],
      write: { collection: 'extensions', action },
      handle: async ({ weir, params, ifMatch }) =>
        answer(weir, 'extensions', 200, await run(weir, params['name']!, { ifMatch }))
    })
  )

const orderRoute = (): Route => route({
  method: 'POST',
  path: `/${collections.certkeys.path}/:name/order`,
  operationId: 'orderCertkey',
  role: 'admin',
  tag: words.certkeys.tag,
  summary: 'Order the certificate of a certkey now',
  description: 'For a certkey with `acme`: after a failure without the wait, or ahead of its renewal. The order goes on after the response, and `status.acme` shows it. Takes no body.',
  answers: { 200: { doc: 'The certkey as it is now.', schema: 'Certkey', etag: true } },
  errors: ['config-invalid', 'worker-unavailable', 'not-found'],
  write: { collection: 'certkeys', action: 'order' },
  handle: async ({ weir, params }) => answer(weir, 'certkeys', 200, await weir.certkeys.order(params['name']!))
})

/** A missing body is a mistake of the request, not of the configuration. */
export const requireBody = (body: unknown, what: string): unknown => {
  if (body === undefined) throw new WeirError('body-invalid', `the request has no body; send the ${what} as JSON`)
  return body
}

/** An entity after a write. */
export const answer = async <C extends CollectionName>(
  weir: Weir,
  collection: C,
  status: number,
  { value, etag }: Versioned<Entity<C>>
): Promise<Answer> => ({ status, etag, body: await view(weir, collection, value) })
