/**
 * The rooms of a package, each with the rooms below it: those are the ones that it may import. A room is a folder of `src`, with the folders in it that have no row
 * of their own; or a file of `src` that other rooms import. The other files of `src` are the room `.`: without a row, it is on top and may import all.
 */
export type Rooms = Readonly<Record<string, readonly string[]>>

/** The tables by the packages' folders. A package whose `src` has folders has one. */
export const rooms: Readonly<Record<string, Rooms>> = {
  'packages/sdk': {
    // Imported by authors; the other two refer to it.
    '.': [],
    abi: ['.'],
    guest: ['abi', '.']
  },
  'packages/link': {
    'byte-meter.ts': [],
    'address-set.ts': [],
    'client-facts.ts': [],
    'byte-link.ts': ['byte-meter.ts', 'client-facts.ts'],
    'raw-link.ts': ['byte-link.ts', 'client-facts.ts'],
    'ip-bytes.ts': [],
    timers: [],
    'transport.ts': ['byte-link.ts'],
    'nobody.ts': ['byte-link.ts'],
    'listen-error.ts': ['transport.ts'],
    'linger.ts': ['timers'],
    'uring/abi': ['byte-link.ts', 'ip-bytes.ts'],
    'kernel-queue.ts': ['uring/abi'],
    'service-notice.ts': ['uring/abi'],
    node: ['listen-error.ts', 'transport.ts', 'nobody.ts', 'linger.ts', 'kernel-queue.ts', 'timers', 'byte-meter.ts', 'raw-link.ts', 'byte-link.ts', 'client-facts.ts'],
    // It leaves links for Node's layers to Node's sockets.
    uring: ['uring/abi', 'node', 'listen-error.ts', 'transport.ts', 'nobody.ts', 'linger.ts', 'kernel-queue.ts', 'timers', 'byte-meter.ts', 'raw-link.ts', 'byte-link.ts', 'client-facts.ts'],
    // Built on links. A layer that Node makes takes Node's socket.
    layer: ['node', 'nobody.ts', 'linger.ts', 'kernel-queue.ts', 'byte-meter.ts', 'timers', 'transport.ts', 'address-set.ts', 'ip-bytes.ts', 'raw-link.ts', 'byte-link.ts', 'client-facts.ts'],
    'layer/tls': ['layer', 'node', 'timers', 'nobody.ts', 'raw-link.ts', 'byte-link.ts', 'client-facts.ts', 'transport.ts'],
    'layer-kinds.ts': ['layer/tls', 'layer'],
    testing: ['layer', 'byte-link.ts', 'transport.ts', 'client-facts.ts']
  },
  'packages/engine': {
    'log.ts': [],
    'engine-config.ts': [],
    // A client as people are shown it.
    'client-view.ts': [],
    // Why a client ends on which a layer could not be put.
    'layer-failure.ts': [],
    gate: [],
    framing: [],
    stats: [],
    persistence: [],
    balancing: ['persistence', 'stats', 'log.ts'],
    extension: ['framing', 'stats', 'engine-config.ts', 'log.ts'],
    trace: ['extension', 'balancing', 'persistence', 'client-view.ts'],
    direction: ['extension', 'framing'],
    servers: ['direction', 'extension', 'balancing', 'persistence', 'stats', 'framing', 'log.ts'],
    connection: ['servers', 'direction', 'extension', 'balancing', 'stats', 'framing', 'client-view.ts', 'layer-failure.ts', 'log.ts'],
    // Requests that no extension sees.
    http: ['gate', 'balancing', 'client-view.ts', 'log.ts'],
    vserver: ['connection', 'http', 'gate', 'extension', 'balancing', 'stats', 'client-view.ts', 'layer-failure.ts', 'log.ts'],
    rehearsal: ['connection', 'direction', 'extension', 'balancing', 'stats', 'log.ts'],
    explain: ['rehearsal', 'extension', 'trace', 'balancing', 'framing'],
    // Clients that are told to go.
    'departures.ts': ['connection', 'http', 'balancing'],
    'engine-api.ts': ['departures.ts', 'explain', 'connection', 'trace', 'extension', 'balancing', 'persistence', 'stats', 'engine-config.ts', 'log.ts'],
    revision: ['engine-api.ts', 'vserver', 'trace', 'extension', 'balancing', 'stats', 'engine-config.ts', 'log.ts']
  },
  'packages/netscaler': {
    words: [],
    'fault.ts': [],
    lexer: ['fault.ts'],
    grammar: ['lexer', 'words', 'fault.ts'],
    show: ['grammar', 'words'],
    table: ['show', 'grammar', 'lexer', 'words'],
    // Completion and help from any grammar.
    help: ['grammar', 'lexer', 'words'],
    export: ['table', 'grammar', 'lexer'],
    commands: ['export', 'table', 'show', 'grammar', 'words'],
    run: ['commands', 'help', 'table', 'grammar', 'lexer', 'words', 'fault.ts']
  },
  'packages/admin': {
    // Imported by the API's clients: nothing of the server.
    client: []
  },
  'packages/sandbox': {
    'extension-error.ts': [],
    'source-comments.ts': [],
    'provided.ts': [],
    bundle: ['extension-error.ts', 'source-comments.ts', 'provided.ts'],
    types: ['extension-error.ts', 'source-comments.ts', 'provided.ts']
  },
  'packages/weir': {
    'as-weir-error.ts': [],
    'builtins.ts': [],
    'line-queue.ts': [],
    'events.ts': [],
    // A number in whole parts.
    'shares.ts': [],
    // Listening sockets of whoever started the process.
    'inherited-sockets.ts': [],
    storage: [],
    'standard-error.ts': ['line-queue.ts'],
    // The interface to the workers, or to an engine in this process.
    'data-plane.ts': ['storage'],
    'log.ts': ['data-plane.ts', 'standard-error.ts'],
    'faults.ts': [],
    stats: [],
    config: ['data-plane.ts', 'storage', 'as-weir-error.ts', 'builtins.ts'],
    sessions: ['data-plane.ts', 'log.ts', 'events.ts', 'storage'],
    worker: ['shares.ts', 'inherited-sockets.ts', 'sessions', 'config', 'stats', 'log.ts', 'faults.ts', 'data-plane.ts', 'standard-error.ts', 'storage', 'as-weir-error.ts'],
    'version.ts': [],
    // Certificates that are ordered from authorities.
    acme: ['config', 'storage', 'events.ts', 'version.ts'],
    jobs: ['shares.ts', 'config', 'storage', 'log.ts', 'events.ts', 'data-plane.ts'],
    // Host names of servers, followed in DNS.
    names: ['config', 'storage', 'events.ts'],
    'prober.ts': [],
    'collect-stats.ts': ['stats', 'sessions', 'config', 'data-plane.ts', 'standard-error.ts'],
    // A program's view, as types.
    api: ['acme', 'names', 'collect-stats.ts', 'jobs', 'sessions', 'config', 'data-plane.ts', 'storage'],
    'server-status.ts': ['api', 'names', 'config', 'prober.ts'],
    'entity-status.ts': ['server-status.ts', 'api', 'acme', 'stats', 'config', 'storage'],
    // The same, over the running configuration.
    groups: ['api', 'entity-status.ts', 'prober.ts', 'jobs', 'sessions', 'config', 'log.ts', 'data-plane.ts', 'as-weir-error.ts']
  },
  'packages/cli': {
    'usage-error.ts': [],
    'sandbox-flag.ts': [],
    extension: ['sandbox-flag.ts', 'usage-error.ts'],
    commands: ['extension', 'usage-error.ts']
  },
  'packages/testing': {
    'until.ts': [],
    'in-process-guest.ts': [],
    'in-process-runtime.ts': ['in-process-guest.ts'],
    'subject.ts': ['in-process-runtime.ts', 'in-process-guest.ts'],
    bench: ['subject.ts', 'until.ts']
  },
  'extensions/mqtt': {
    packet: [],
    rules: []
  }
}

/** Arrows that no table has and that are there today: `file → room`. This list only shrinks: one that is no longer needed fails the check. */
export const roomExceptions: readonly string[] = []
