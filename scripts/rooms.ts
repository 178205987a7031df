/**
 * The rooms of a package, each with the rooms below it: those are the ones that it may import. A room is a folder of
 * `src`, with the folders in it that have no row of their own; or a file of `src` that other rooms import. The other
 * files of `src` are the room `.`: without a row, it is on top and may import all.
 */
export type Rooms = Readonly<Record<string, readonly string[]>>

/** The tables by the packages' folders. A package whose `src` has folders has one. */
export const rooms: Readonly<Record<string, Rooms>> = {
  'packages/model': {
    'name.ts': [],
    'flood-controls.ts': [],
    'rule.ts': ['name.ts', 'flood-controls.ts'],
    // Groups of checks that Weir keeps, as data.
    managed: ['rule.ts', 'name.ts', 'flood-controls.ts']
  },
  'packages/sdk': {
    // Imported by authors; the other two refer to it.
    '.': [],
    abi: ['.'],
    guest: ['abi', '.']
  },
  'packages/link': {
    'byte-meter.ts': [],
    'address-set.ts': [],
    'forwarded-client.ts': ['address-set.ts'],
    'client-facts.ts': [],
    'byte-link.ts': ['byte-meter.ts', 'client-facts.ts'],
    'raw-link.ts': ['byte-link.ts', 'client-facts.ts'],
    'ip-bytes.ts': [],
    'cpu-wait.ts': [],
    timers: [],
    'transport.ts': ['byte-link.ts', 'client-facts.ts'],
    'nobody.ts': ['byte-link.ts'],
    'internal-fault.ts': ['byte-link.ts'],
    'reset-socket.ts': [],
    'listen-error.ts': ['transport.ts'],
    'linger.ts': ['timers'],
    'uring/abi': ['byte-link.ts', 'ip-bytes.ts'],
    'kernel-queue.ts': ['uring/abi'],
    'service-notice.ts': ['uring/abi'],
    'return-memory.ts': ['uring/abi'],
    'sendable-socket.ts': ['uring/abi', 'transport.ts'],
    'peer-credentials.ts': ['uring/abi'],
    node: [
      'listen-error.ts',
      'transport.ts',
      'nobody.ts',
      'internal-fault.ts',
      'reset-socket.ts',
      'linger.ts',
      'kernel-queue.ts',
      'timers',
      'byte-meter.ts',
      'raw-link.ts',
      'byte-link.ts',
      'client-facts.ts'
    ],
    // It leaves links for Node's layers to Node's sockets.
    uring: [
      'uring/abi',
      'node',
      'listen-error.ts',
      'transport.ts',
      'nobody.ts',
      'internal-fault.ts',
      'linger.ts',
      'kernel-queue.ts',
      'timers',
      'byte-meter.ts',
      'raw-link.ts',
      'byte-link.ts',
      'client-facts.ts'
    ],
    // Built on links. A layer that Node makes takes Node's socket.
    layer: [
      'node',
      'nobody.ts',
      'internal-fault.ts',
      'reset-socket.ts',
      'linger.ts',
      'kernel-queue.ts',
      'byte-meter.ts',
      'timers',
      'transport.ts',
      'address-set.ts',
      'ip-bytes.ts',
      'raw-link.ts',
      'byte-link.ts',
      'client-facts.ts'
    ],
    'layer/tls': [
      'layer',
      'node',
      'timers',
      'nobody.ts',
      'internal-fault.ts',
      'reset-socket.ts',
      'raw-link.ts',
      'byte-link.ts',
      'client-facts.ts',
      'transport.ts'
    ],
    'layer-kinds.ts': ['layer/tls', 'layer'],
    testing: ['layer', 'byte-link.ts', 'transport.ts', 'client-facts.ts']
  },
  'packages/rules': {
    address: [],
    // From a text to a typed tree.
    language: ['address'],
    'fields.ts': ['language'],
    // From a typed tree to functions.
    evaluate: ['language', 'address']
  },
  'packages/engine': {
    'log.ts': [],
    // What is known of addresses.
    geo: [],
    'engine-config.ts': ['geo'],
    // A client as people are shown it.
    'client-view.ts': [],
    // What is told to those who look on.
    'bounded-report.ts': [],
    // What is recorded at an end.
    'life-record.ts': ['client-view.ts'],
    // Why a client ends on which a layer could not be put.
    'layer-failure.ts': [],
    framing: [],
    stats: [],
    // What keeps floods from a user vserver.
    floods: ['framing', 'stats'],
    // Proof of work in place of a refusal.
    challenge: ['floods'],
    // To which every part of the edge reports what it decides.
    decisions: ['bounded-report.ts', 'stats', 'log.ts'],
    // What a user vserver lets pass: clients, requests, messages.
    gate: ['decisions', 'geo', 'stats', 'engine-config.ts'],
    // Edge functions, which decide on requests.
    edge: ['gate', 'decisions', 'extension', 'geo', 'stats', 'engine-config.ts', 'log.ts'],
    persistence: [],
    balancing: ['persistence', 'stats', 'log.ts'],
    extension: ['framing', 'stats', 'engine-config.ts', 'log.ts'],
    trace: ['bounded-report.ts', 'extension', 'balancing', 'persistence', 'client-view.ts'],
    direction: ['extension', 'framing'],
    servers: ['life-record.ts', 'direction', 'extension', 'balancing', 'persistence', 'stats', 'framing', 'log.ts'],
    connection: ['gate', 'geo', 'servers', 'direction', 'extension', 'balancing', 'stats', 'framing', 'life-record.ts', 'client-view.ts', 'layer-failure.ts', 'log.ts'],
    // Requests that no extension sees.
    http: ['edge', 'gate', 'balancing', 'life-record.ts', 'client-view.ts', 'log.ts'],
    vserver: [
      'challenge',
      'floods',
      'edge',
      'connection',
      'servers',
      'http',
      'gate',
      'decisions',
      'geo',
      'extension',
      'balancing',
      'stats',
      'life-record.ts',
      'client-view.ts',
      'layer-failure.ts',
      'log.ts'
    ],
    rehearsal: ['gate', 'geo', 'connection', 'direction', 'extension', 'balancing', 'stats', 'log.ts'],
    explain: ['floods', 'edge', 'gate', 'decisions', 'geo', 'rehearsal', 'extension', 'trace', 'balancing', 'framing'],
    // Clients that are told to go.
    'departures.ts': ['connection', 'http', 'balancing'],
    'engine-api.ts': [
      'edge',
      'gate',
      'decisions',
      'departures.ts',
      'explain',
      'connection',
      'trace',
      'extension',
      'balancing',
      'persistence',
      'stats',
      'life-record.ts',
      'engine-config.ts',
      'log.ts'
    ],
    revision: [
      'floods',
      'engine-api.ts',
      'edge',
      'gate',
      'geo',
      'vserver',
      'trace',
      'extension',
      'balancing',
      'stats',
      'engine-config.ts',
      'log.ts'
    ]
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
    client: [],
    // Who sends a request, and what it may write.
    access: [],
    // Who has changed what.
    audit: []
  },
  'packages/sandbox': {
    'extension-error.ts': [],
    'source-comments.ts': [],
    'provided.ts': [],
    // The loop inside the isolate of an edge function, and its globals.
    'edge-guest': [],
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
    // That many clients over several who tell them.
    'shared-departures.ts': ['shares.ts'],
    // Listening sockets of whoever started the process.
    'inherited-sockets.ts': [],
    // How requests are inspected outside of this process.
    'inspection.ts': [],
    'version.ts': [],
    storage: ['version.ts'],
    'escape-controls.ts': [],
    // Names of fields that no log shows.
    'secret-fields.ts': [],
    'dropped-lines.ts': [],
    // Lines of the log for people.
    'line-format.ts': ['escape-controls.ts'],
    'waitless-sink.ts': ['line-queue.ts'],
    'standard-error.ts': ['line-format.ts', 'waitless-sink.ts', 'line-queue.ts'],
    'access-log': ['escape-controls.ts', 'secret-fields.ts', 'waitless-sink.ts', 'line-queue.ts'],
    // Connections that begin and end, for those who look on.
    lives: [],
    // What the edge decided: search, streams, webhook.
    security: ['version.ts'],
    // OpenTelemetry's spans of sampled connections.
    spans: ['access-log', 'version.ts'],
    // The latest hour of figures.
    history: [],
    // Who takes the records of connections.
    'records.ts': ['access-log', 'lives', 'spans'],
    // The interface to the workers, or to an engine in this process.
    'data-plane.ts': ['dropped-lines.ts', 'inspection.ts', 'lives', 'spans', 'storage'],
    'log.ts': ['data-plane.ts', 'standard-error.ts', 'line-format.ts', 'secret-fields.ts'],
    'faults.ts': [],
    stats: [],
    config: ['data-plane.ts', 'storage', 'as-weir-error.ts', 'builtins.ts'],
    sessions: ['data-plane.ts', 'log.ts', 'events.ts', 'storage'],
    // What several nodes share.
    cluster: [
      'bans',
      'jobs',
      'prober.ts',
      'shared-departures.ts',
      'config',
      'as-weir-error.ts',
      'data-plane.ts',
      'log.ts',
      'events.ts',
      'storage',
      'sessions',
      'version.ts'
    ],
    worker: [
      'access-log',
      'lives', 'spans',
      'records.ts',
      'line-format.ts',
      'dropped-lines.ts',
      'shares.ts',
      'shared-departures.ts',
      'inherited-sockets.ts',
      'inspection.ts',
      'sessions',
      'config',
      'stats',
      'log.ts',
      'faults.ts',
      'data-plane.ts',
      'standard-error.ts',
      'storage',
      'as-weir-error.ts'
    ],
    // Certificates that are ordered from authorities.
    acme: ['config', 'storage', 'events.ts', 'version.ts'],
    jobs: ['shares.ts', 'config', 'storage', 'log.ts', 'events.ts', 'data-plane.ts'],
    // Host names of servers, followed in DNS.
    names: ['config', 'storage', 'events.ts'],
    // Addresses that are refused for a time.
    bans: ['data-plane.ts', 'events.ts', 'log.ts', 'storage'],
    'prober.ts': [],
    'collect-stats.ts': ['stats', 'security', 'sessions', 'config', 'data-plane.ts', 'standard-error.ts'],
    // A program's view, as types.
    api: ['bans', 'cluster', 'history', 'lives', 'security', 'acme', 'names', 'collect-stats.ts', 'jobs', 'sessions', 'config', 'data-plane.ts', 'storage'],
    'server-status.ts': ['api', 'names', 'config', 'prober.ts'],
    managed: ['inspection.ts', 'api', 'config'],
    'entity-status.ts': ['server-status.ts', 'managed', 'api', 'acme', 'stats', 'config', 'storage'],
    // The same, over the running configuration.
    groups: [
      'lives',
      'security',
      'api',
      'collect-stats.ts',
      'entity-status.ts',
      'prober.ts',
      'jobs',
      'storage',
      'sessions',
      'config',
      'log.ts',
      'data-plane.ts',
      'as-weir-error.ts'
    ]
  },
  'packages/console': {
    // The plugin, which runs on the server and imports nothing of the page.
    '.': [],
    // What runs in the browser.
    'app/format': [],
    'app/router': [],
    'app/api': [],
    'app/ui': ['app/api', 'app/format', 'app/router'],
    // Editors of code, which pages share.
    'app/code': ['app/ui', 'app/api', 'app/format', 'app/router'],
    'app/pages': ['app/code', 'app/ui', 'app/api', 'app/format', 'app/router'],
    'app/shell': ['app/pages', 'app/ui', 'app/api', 'app/format', 'app/router'],
    app: ['app/shell']
  },
  'packages/cli': {
    'usage-error.ts': [],
    'sandbox-flag.ts': [],
    // What help, completion, manual and the commands read.
    'command-line': [],
    completion: ['command-line'],
    manual: ['command-line'],
    // The REST API of `weir serve`.
    admin: ['usage-error.ts'],
    // HTTP over a Unix socket.
    'socket-fetch.ts': [],
    'present-socket.ts': [],
    'file-watch.ts': [],
    extension: [
      'command-line',
      'file-watch.ts',
      'socket-fetch.ts',
      'present-socket.ts',
      'sandbox-flag.ts',
      'usage-error.ts'
    ],
    // Edge functions of a running Weir.
    function: ['extension', 'command-line', 'usage-error.ts'],
    // The configuration in a file.
    document: ['extension'],
    commands: ['document', 'extension', 'completion', 'manual', 'command-line', 'usage-error.ts'],
    // What stays at a terminal.
    live: ['commands', 'extension', 'command-line', 'usage-error.ts']
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
    rules: [],
    checks: ['packet', 'rules']
  }
}

/**
 * Arrows that no table has and that are there today: `file → room`. This list only shrinks: one that is no longer
 * needed fails the check.
 */
export const roomExceptions: readonly string[] = []
