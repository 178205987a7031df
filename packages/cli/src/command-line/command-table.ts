import type { CommandRow, OptionRow } from './command-row.ts'

const api = {
  name: 'api', value: 'URL',
  doc: 'the REST API of a running Weir (default: WEIR_API, the usual socket if it is present, or ' +
    'http://127.0.0.1:8080); token from WEIR_ADMIN_TOKEN'
} as const
const socket = {
  name: 'socket', value: 'PATH', offered: 'file', doc: 'the same on a Unix socket, as --api unix:PATH'
} as const
const check = {
  name: 'check', value: 'types|off', offered: ['types', 'off'], doc: 'check its types against the SDK (default types)'
} as const
const extensionFile = { label: 'FILE', offered: 'file' } as const
const functionFile = { label: 'FILE', offered: 'file' } as const
const extensionName = { label: 'NAME', offered: { namesAfter: 'show ns extension ' } } as const

/** Headings of the help. */
const [serving, checking, authoring, deciding, netscaler, looking, explaining, shells] = [
  'Serving', 'Checking', 'Extensions', 'Edge functions', "NetScaler's commands", 'Looking on', 'Explaining',
  'Completion and manual'
] as const

/** Every command, by its words. Help, completion, the manual and the commands themselves read this table. */
export const commandTable = {
  serve: {
    group: serving,
    doc: 'run the load balancer and its REST API. It prints one line of JSON to standard output when it is ready, ' +
      'and logs to standard error',
    arguments: [],
    options: [
      {
        name: 'config', value: 'FILE', offered: 'file',
        doc: 'configuration: .json, .yaml, or a program (.ts, .mts, .js, .mjs) whose default export it is; replaces ' +
          'the one in --state; reloaded on SIGHUP'
      },
      { name: 'watch', doc: 'reload the configuration when its file, or one that it depends on, changes' },
      {
        name: 'state', value: 'DIR', offered: 'directory',
        doc: 'store the configuration and the sessions here; without it they are in memory only'
      },
      {
        name: 'admin', value: 'HOST:PORT',
        doc: 'address of the REST API (default 127.0.0.1:8080), or none; any address but loopback requires a token'
      },
      { name: 'admin-socket', value: 'PATH', offered: 'file', doc: 'the REST API on a Unix socket, too' },
      {
        name: 'admin-socket-mode', value: '600|660', offered: ['600', '660'],
        doc: 'who may connect to the socket: its owner (default), or its group as well'
      },
      {
        name: 'admin-cert', value: 'FILE', offered: 'file',
        doc: 'certificates of the REST API, which speaks TLS with them; replaced files are read again'
      },
      { name: 'admin-key', value: 'FILE', offered: 'file', doc: 'the private key of --admin-cert' },
      { name: 'admin-client-ca', value: 'FILE', offered: 'file', doc: 'authorities of client certificates' },
      {
        name: 'admin-client-crl', value: 'FILE', offered: 'file',
        doc: 'revocation lists of those authorities, one per authority; replaced files are read again'
      },
      {
        name: 'admin-clients', value: 'FILE', offered: 'file',
        doc: 'roles of client certificates, as JSON: {"ops":"admin","grafana":"read"}'
      },
      { name: 'workers', value: 'N', doc: 'processes that move bytes (default: one per core); 0 is this process' },
      {
        name: 'transport', value: 'KIND', offered: ['auto', 'node', 'uring'],
        doc: 'transport: node (default), uring (io_uring of Linux), or auto: uring where available'
      },
      {
        name: 'max-sessions', value: 'N',
        doc: 'maximum persistence entries of all LB vservers together (default 5000000)'
      },
      {
        name: 'cluster', value: 'URL',
        doc: 'share the sessions with other nodes over Redis or Valkey: redis://HOST[:PORT], ' +
          'redis+sentinel://HOST,HOST/MASTER or redis+cluster://HOST,HOST; rediss for TLS'
      },
      { name: 'node', value: 'NAME', doc: 'name of this node of the cluster (default: name of the machine)' },
      {
        name: 'cluster-config', value: 'shared|own', offered: ['shared', 'own'],
        doc: 'one configuration for all nodes (default), or one for each'
      },
      {
        name: 'cluster-password', value: 'FILE', offered: 'file',
        doc: 'file with the password of the store, in place of one in the URL'
      },
      {
        name: 'cluster-ca', value: 'FILE', offered: 'file',
        doc: "authorities of the store's certificate (default: those of Node)"
      },
      {
        name: 'cluster-cert', value: 'FILE', offered: 'file',
        doc: 'certificate that the store asks for, with its private key'
      },
      {
        name: 'cluster-cert-key', value: 'FILE', offered: 'file',
        doc: 'private key of --cluster-cert, if it is in a file of its own'
      },
      {
        name: 'cluster-keys', value: 'FILE', offered: 'file',
        doc: 'keys that encrypt the configuration in the store, one a line; the first one encrypts'
      },
      {
        name: 'dns', value: 'IP[:PORT],…',
        doc: 'DNS servers for host names of services (default: those of the system, after its hosts file)'
      },
      {
        name: 'token-file', value: 'FILE', offered: 'file',
        doc: "file with the API's bearer token, reloaded on SIGHUP; or set WEIR_ADMIN_TOKEN"
      },
      {
        name: 'audit-file', value: 'FILE', offered: 'file',
        doc: 'who has changed what (default: audit.jsonl in --state)'
      },
      {
        name: 'log-level', value: 'LEVEL', offered: ['debug', 'info', 'warn', 'error', 'silent'],
        doc: 'debug, info, warn, error or silent (default info)'
      },
      {
        name: 'log-format', value: 'FORMAT', offered: ['pretty', 'json'],
        doc: 'pretty or json (default: pretty on a terminal, otherwise json)'
      },
      {
        name: 'access-log', value: 'FILE', offered: 'file',
        doc: 'append a line for each connection and HTTP request at its end, with addresses and client IDs; - is ' +
          'standard output (default: none)'
      },
      {
        name: 'access-log-format', value: 'FORMAT', offered: ['json'],
        doc: "json (default), or a template: '{time} {client} {service} {reason} {fields.NAME}'"
      },
      {
        name: 'spans', value: 'SHARE',
        doc: 'share of the connections that become OpenTelemetry spans, up to 1 (default 0); the SDK is loaded with ' +
          'node --import'
      },
      {
        name: 'security-webhook', value: 'URL',
        doc: 'send security events there, signed (default: nowhere); needs --security-webhook-secret'
      },
      {
        name: 'security-webhook-secret', value: 'FILE', offered: 'file',
        doc: 'file with the secret of the signatures, 16 bytes at least'
      },
      {
        name: 'grace', value: 'SECONDS',
        doc: 'time for clients to leave when Weir stops (default 10); many are told at a pace, within half of it'
      }
    ]
  },
  check: {
    group: checking,
    doc: 'print every fault of a configuration file, with its line, or what it would do to a running Weir',
    arguments: [{ label: 'FILE', offered: 'file' }],
    options: [api, { name: 'alone', doc: 'compare it with no running Weir' }, { name: 'json', doc: 'print JSON' }]
  },
  'extension new': {
    group: authoring, doc: 'create a folder with a working protocol and its tests', arguments: [{ label: 'NAME' }],
    options: [{ name: 'dir', value: 'DIR', offered: 'directory', doc: 'where to create it (default: NAME)' }]
  },
  'extension validate': {
    group: authoring, doc: 'load it, check its types against the SDK, print what it declares',
    arguments: [extensionFile], options: [check]
  },
  'extension test': {
    group: authoring, doc: 'check types, and run its tests in both runtimes',
    arguments: [{ label: 'DIR', offered: 'directory', optional: true }], options: []
  },
  'extension bench': {
    group: authoring,
    doc: 'measure messages/s, ns and crossings per message',
    arguments: [extensionFile],
    options: [
      { name: 'capture', value: 'HEXFILE', offered: 'file', doc: 'what clients send, in hex' },
      { name: 'answers', value: 'HEXFILE', offered: 'file', doc: 'what servers send, in hex' },
      { name: 'params', value: 'JSON', doc: 'parameters of the user vserver' },
      { name: 'seconds', value: 'N', doc: 'length of a measurement' },
      { name: 'connections', value: 'N', doc: 'connections at once' }
    ]
  },
  'extension build': {
    group: authoring, doc: 'write one .js for POST /v1/extensions, with its source map', arguments: [extensionFile],
    options: [{ name: 'out', value: 'DIR', offered: 'directory', doc: 'where to write it' }, check]
  },
  'extension push': {
    group: authoring,
    doc: 'upload to a running Weir',
    arguments: [extensionFile],
    options: [
      {
        name: 'name', value: 'NAME', offered: { namesAfter: 'show ns extension ' }, required: true,
        doc: 'what it is called in Weir'
      },
      { name: 'canary', value: 'PERCENT', doc: 'as a canary for a share of new connections' },
      { name: 'revert-above', value: 'SHARE', doc: 'end the canary if a larger share of its connections fails' },
      check,
      api
    ]
  },
  'extension dev': {
    group: authoring,
    doc: 'check it and push it to a running Weir, at every change of its files; needs one of the first three options',
    arguments: [extensionFile],
    options: [
      {
        name: 'vserver', value: 'VSERVER', offered: { namesAfter: 'show user vserver ' },
        doc: 'replace the extension of this user vserver'
      },
      {
        name: 'protocol', value: 'PROTOCOL', offered: { namesAfter: 'show user protocol ' },
        doc: 'replace the extension of this user protocol'
      },
      { name: 'name', value: 'NAME', offered: { namesAfter: 'show ns extension ' }, doc: 'what it is called in Weir' },
      check,
      api
    ]
  },
  'extension rollback': {
    group: authoring, doc: 'restore the previous version', arguments: [extensionName], options: [api, socket]
  },
  'extension promote': {
    group: authoring, doc: 'promote the canary', arguments: [extensionName], options: [api, socket]
  },
  'function validate': {
    group: deciding, doc: 'have a running Weir compile, load and type-check it', arguments: [functionFile],
    options: [check, api, socket]
  },
  'function push': {
    group: deciding,
    doc: 'upload to a running Weir',
    arguments: [functionFile],
    options: [{ name: 'name', value: 'NAME', required: true, doc: 'what it is called in Weir' }, check, api, socket]
  },
  'function test': {
    group: deciding,
    doc: 'print what it decides on a request, as JSON',
    arguments: [{ label: 'NAME' }],
    options: [{
      name: 'request', value: 'URL|JSON', required: true,
      doc: 'the request: its URL, or {"url":…,"method":…,"headers":{…},"upgrade":true}'
    }, api, socket]
  },
  'function rollback': {
    group: deciding, doc: 'restore the previous version', arguments: [{ label: 'NAME' }], options: [api, socket]
  },
  exec: {
    group: netscaler,
    doc: 'run commands on a running Weir: all of them, or none',
    arguments: [{ label: '"COMMAND"', optional: true, many: true }],
    options: [
      {
        name: 'file', short: 'f', value: 'FILE', offered: 'file',
        doc: 'the commands of a file, one per line; - is standard input'
      },
      api, socket, { name: 'json', doc: 'print JSON' }
    ]
  },
  shell: {
    group: netscaler, doc: 'read commands from the terminal, with completion, history and help', arguments: [],
    options: [api, socket]
  },
  export: {
    group: netscaler, doc: 'print the configuration as commands, or as a document', arguments: [],
    options: [{ name: 'format', value: 'ns|json', offered: ['ns', 'json'], doc: 'its form (default ns)' }, api, socket]
  },
  top: {
    group: looking,
    doc: 'show user vservers, LB vservers and services with their rates, until q',
    arguments: [],
    options: [
      { name: 'interval', value: 'SECONDS', doc: 'time between two looks (default 2)' },
      { name: 'times', value: 'N', doc: 'end after so many' },
      { name: 'json', doc: 'print an object a line' },
      api
    ]
  },
  tail: {
    group: looking,
    doc: 'print connections, HTTP requests, events and decisions of the edge as they happen',
    arguments: [],
    options: [
      { name: 'vserver', value: 'VSERVER', offered: { namesAfter: 'show user vserver ' }, doc: 'of this user vserver; no events and decisions then' },
      {
        name: 'service', value: 'SERVICE', offered: { namesAfter: 'show service ' },
        doc: 'ends of clients of this service'
      },
      { name: 'session', value: 'KEY', doc: 'ends of clients with this session key' },
      { name: 'client', value: 'ADDRESS', doc: 'of clients from this address, or address and port' },
      { name: 'reason', value: 'REASON', doc: 'ends with this close reason' },
      {
        name: 'trace', value: 'EXTENSION', offered: { namesAfter: 'show ns extension ' },
        doc: 'calls of this extension, too'
      },
      { name: 'json', doc: 'print an object a line' },
      api
    ]
  },
  explain: {
    group: explaining,
    doc: 'print the treatment of a client that sends these bytes, as JSON',
    arguments: [{ label: 'VSERVER', offered: { namesAfter: 'show user vserver ' } }],
    options: [
      {
        name: 'bytes', value: 'HEX|FILE', offered: 'file', required: true,
        doc: 'what the client sends; not needed with --side request'
      },
      {
        name: 'client', value: 'JSON|FILE', offered: 'file', doc: 'the client: its address, certificate, HTTP request'
      },
      { name: 'side', value: 'server|request', offered: ['client', 'server', 'request'], doc: 'who sends the bytes' },
      api,
      socket
    ]
  },
  completion: {
    group: shells, doc: 'print what makes a shell complete these commands: source <(weir completion bash)',
    arguments: [{ label: 'bash|zsh|fish', offered: ['bash', 'zsh', 'fish'] }], options: []
  },
  manual: {
    group: shells, doc: 'print a manual page: weir manual | man -l -',
    arguments: [{ label: 'weir|weir-commands', offered: ['weir', 'weir-commands'], optional: true }], options: []
  }
} as const satisfies Readonly<Record<string, CommandRow>>

/** The words of a command: `extension push`. */
export type CommandName = keyof typeof commandTable
/** Names of the options of a command. */
export type OptionName<C extends CommandName> = typeof commandTable[C]['options'][number]['name']

/** Every command with its words, in the order of the help. */
export const commandRows: readonly (CommandRow & { readonly name: string })[] = Object.entries(
  commandTable as Readonly<Record<string, CommandRow>>
).map(([name, row]) => ({ name, ...row }))

/** Returns the names of a command's flags, which have no value. */
export const flagNames = <C extends CommandName> (command: C): readonly OptionName<C>[] => (
  commandTable[command].options as readonly OptionRow[]
).flatMap(({ name, value }) => value === undefined ? [name as OptionName<C>] : [])

/** Returns the names of a command's options, in their order. */
export const optionNames = <C extends CommandName> (command: C): readonly OptionName<C>[] => (
  commandTable[command].options as readonly OptionRow[]
).map(({ name }) => name as OptionName<C>)
