/** Origin of an error. */
export type ErrorSource = 'client' | 'server' | 'extension' | 'config' | 'internal'

interface ErrorKind { readonly status: number, readonly source: ErrorSource, readonly doc: string }

/** Every error code: its HTTP status, its origin, and its meaning. */
export const errorCodes = {
  'config-invalid': {
    status: 422,
    source: 'config',
    doc: 'A field has an invalid value; `issues` names each field, its value and the choices.'
  },
  'command-invalid': {
    status: 422,
    source: 'config',
    doc: 'A command cannot be read; `issues` has its line and column, and what would be right. No command was run.'
  },
  'body-invalid': {
    status: 400,
    source: 'client',
    doc: 'The request body is not JSON, or does not have the expected shape.'
  },
  'reference-unknown': { status: 422, source: 'config', doc: 'A field names an entity that does not exist.' },
  'session-invalid': {
    status: 422,
    source: 'client',
    doc:
      'A persistence entry cannot be set; `issues` names its place, such as a line, and the choices. Nothing was set.'
  },
  'name-taken': { status: 409, source: 'config', doc: 'An entity of this name exists in the collection.' },
  'in-use': {
    status: 409,
    source: 'config',
    doc: 'Other entities refer to this one, so it cannot be deleted; `issues` lists them.'
  },
  'query-invalid': {
    status: 400,
    source: 'client',
    doc: 'A query parameter is unknown, given twice, or has an invalid value.'
  },
  'not-found': { status: 404, source: 'client', doc: 'No such entity or path.' },
  'method-not-allowed': { status: 405, source: 'client', doc: 'The path does not support this method or action.' },
  'precondition-failed': {
    status: 412,
    source: 'client',
    doc: 'If-Match does not name the current version; read the entity again and retry.'
  },
  'body-too-large': { status: 413, source: 'client', doc: 'The request body is larger than the API accepts.' },
  'media-type-unsupported': {
    status: 415,
    source: 'client',
    doc: 'The path does not accept the content type of the body.'
  },
  unauthorized: {
    status: 401,
    source: 'client',
    doc: 'The bearer token is missing, wrong, revoked or expired, or the client certificate is not accepted.'
  },
  'authentication-throttled': {
    status: 429,
    source: 'client',
    doc:
      'Too many wrong tokens came from this address; `Retry-After` has the seconds to wait. Named tokens are taken all the same.'
  },
  'role-insufficient': {
    status: 403,
    source: 'client',
    doc:
      'The role of the token, or of the local user, does not include this request; the message names the role needed.'
  },
  'outside-scope': {
    status: 403,
    source: 'client',
    doc: 'The token may write only entities whose names begin as its `scopes` say.'
  },
  forbidden: {
    status: 403,
    source: 'client',
    doc:
      'Without a token the API accepts only requests from its own machine under a loopback name, and none from web pages of another origin.'
  },
  'address-taken': {
    status: 409,
    source: 'config',
    doc: 'Another program, or another user vserver, listens on this address and port.'
  },
  'address-unusable': { status: 422, source: 'config', doc: 'Weir cannot listen on the address.' },
  'extension-compile': {
    status: 422,
    source: 'extension',
    doc: 'The extension, or the edge function, does not compile or cannot be bundled; the message has line and column.'
  },
  'extension-types': {
    status: 422,
    source: 'extension',
    doc:
      'The extension, or the edge function, does not fit the types of the SDK; every issue has file, line and column. `check` of the extension can be `off`.'
  },
  'extension-unchecked': {
    status: 422,
    source: 'extension',
    doc:
      'The types of the extension, or the edge function, could not be checked: it took too long or too much memory, or the compiler does not run here. `check` of the extension can be `off`.'
  },
  'extension-checks-waiting': {
    status: 503,
    source: 'internal',
    doc: 'As many checks of types wait as may; retry when some are done. `check` of the extension can be `off`.'
  },
  'extension-import': {
    status: 422,
    source: 'extension',
    doc: 'The extension, or the edge function, imports something that is not available in the sandbox.'
  },
  'extension-no-default': {
    status: 422,
    source: 'extension',
    doc: 'The module has no default export made by defineProtocol.'
  },
  'extension-invalid': { status: 422, source: 'extension', doc: 'The declaration has an invalid part.' },
  'extension-replies': {
    status: 422,
    source: 'extension',
    doc: 'Replies of several servers to one client need a framing of the server side.'
  },
  'extension-api': {
    status: 422,
    source: 'extension',
    doc: 'The extension requires an API version that this Weir does not have.'
  },
  'extension-load': {
    status: 422,
    source: 'extension',
    doc: 'The module threw, ran too long or used too much memory while it was loaded.'
  },
  'function-invalid': {
    status: 422,
    source: 'extension',
    doc: 'The module is no edge function: it neither exports one nor listens to `fetch`, or does both.'
  },
  'canary-running': {
    status: 409,
    source: 'config',
    doc: 'The extension has a canary: promote it or end it with `canary: null` first.'
  },
  'canary-absent': { status: 409, source: 'config', doc: 'The extension has no canary to promote.' },
  'version-absent': { status: 409, source: 'config', doc: 'The extension has no version before the current one.' },
  'job-running': {
    status: 409,
    source: 'config',
    doc: 'The service or LB vserver has a job of this kind that has not ended; cancel that first.'
  },
  'job-ended': { status: 409, source: 'client', doc: 'The job has ended: it cannot be paused, resumed or cancelled.' },
  'extension-down': {
    status: 409,
    source: 'extension',
    doc: 'The extension is out of service after failing repeatedly.'
  },
  'extension-failed': {
    status: 422,
    source: 'extension',
    doc: 'The extension exceeded its limits, or crashed, while it ran for this request alone.'
  },
  'probe-absent': { status: 422, source: 'config', doc: 'A monitor names an extension that declares no `probe`.' },
  'builtin-unknown': { status: 422, source: 'config', doc: 'Weir includes no extension of this name.' },
  'params-invalid': { status: 422, source: 'config', doc: 'The parameters of a user vserver, or of a monitor that runs a probe, do not match the declaration of the extension, or the extension itself refuses them.' },
  'ban-invalid': { status: 422, source: 'client', doc: 'What is to be banned is no address.' },
  'limit-invalid': {
    status: 422,
    source: 'config',
    doc:
      'An expression of a rate limit has a fault, names a field that an extension does not publish, or one that is not known when the limit counts; `issues` has line and column, and what would be right.'
  },
  'rule-invalid': {
    status: 422,
    source: 'config',
    doc:
      'The expression of a rule has a fault, or names a field that an extension does not publish; `issues` has line and column, and what would be right.'
  },
  'certificate-invalid': {
    status: 422,
    source: 'config',
    doc: 'The certificate or key cannot be read, or they do not belong together.'
  },
  'geo-invalid': {
    status: 422,
    source: 'config',
    doc:
      'The file of a geo database cannot be read: it is missing, is no mmdb file, is cut, or has neither countries nor autonomous systems.'
  },
  'storage-failed': {
    status: 507,
    source: 'internal',
    doc: 'The configuration could not be saved; the change was not applied.'
  },
  'store-unreachable': {
    status: 503,
    source: 'config',
    doc: 'The shared store of the cluster cannot be reached, or does not answer.'
  },
  'store-password': { status: 422, source: 'config', doc: 'The shared store refuses the user or the password.' },
  'store-tls': { status: 422, source: 'config', doc: "The certificate of the shared store is not accepted, or the store does not accept this node's." },
  'store-permission': { status: 422, source: 'config', doc: 'The user of the shared store lacks commands, keys or the channel; the message names the commands and the remedy.' },
  'store-version': { status: 422, source: 'config', doc: 'The shared store is older than Redis 6.2.' },
  'store-kind': {
    status: 422,
    source: 'config',
    doc:
      'The shared store is a single server, a Sentinel or a node of a Cluster, and its address is that of another kind.'
  },
  'store-evicts': {
    status: 422,
    source: 'config',
    doc: 'The shared store may drop keys when its memory is full: its `maxmemory-policy` is not `noeviction`.'
  },
  'store-foreign': {
    status: 409,
    source: 'config',
    doc: 'Another program has keys under the prefix in the shared store.'
  },
  'store-format': {
    status: 409,
    source: 'config',
    doc:
      'Nodes of another version of Weir have the shared store, and write it in a format that this version does not read.'
  },
  'store-key': {
    status: 422,
    source: 'config',
    doc:
      'The configuration in the shared store is encrypted with a key that this node does not have; or it has private keys, and the node has no key to encrypt them with.'
  },
  'store-damaged': {
    status: 500,
    source: 'config',
    doc: 'The shared store has a configuration that no node has written.'
  },
  'revision-conflict': {
    status: 409,
    source: 'client',
    doc: 'Another node of the cluster has changed the configuration meanwhile; nothing was changed. Try again.'
  },
  'node-name-taken': { status: 409, source: 'config', doc: 'Another node of the cluster has this name, and is alive.' },
  'worker-unavailable': { status: 503, source: 'internal', doc: 'No worker can answer now; retry.' },
  'apply-failed': {
    status: 500,
    source: 'internal',
    doc: 'The data plane could not apply the configuration; the running one was kept.'
  },
  'runtime-unavailable': {
    status: 500,
    source: 'internal',
    doc: 'The sandbox cannot run in this process; the message has the remedy.'
  },
  'transport-unavailable': {
    status: 500,
    source: 'internal',
    doc: 'The requested transport is unavailable on this machine; the message has the reason.'
  },
  internal: { status: 500, source: 'internal', doc: 'A fault in Weir itself.' }
} as const satisfies Record<string, ErrorKind>

export type ErrorCode = keyof typeof errorCodes

/** One thing wrong with an input. */
export interface Issue {
  /** Where, as in `userVservers[2].port`. */
  readonly path: string
  /** The fault, with the value and the choices if there are any. */
  readonly message: string
  /** For a fault in code: the author's file, relative to the extension's. */
  readonly file?: string | undefined
  /** From 1. */
  readonly line?: number | undefined
  /** From 1. */
  readonly column?: number | undefined
}

/** The one error class of Weir. Recognise by `code`. */
export class WeirError extends Error {
  override readonly name = 'WeirError'
  readonly code: ErrorCode
  readonly source: ErrorSource
  readonly status: number
  /** True when the same call may succeed later without a change. */
  readonly retry: boolean
  readonly issues: readonly Issue[]

  constructor (
    code: ErrorCode,
    message: string,
    options: { cause?: unknown, issues?: readonly Issue[], retry?: boolean } = {}
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.source = errorCodes[code].source
    this.status = errorCodes[code].status
    this.retry = options.retry ?? false
    this.issues = options.issues ?? []
  }
}
