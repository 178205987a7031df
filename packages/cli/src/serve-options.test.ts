import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hostPortText, isLoopback, parseHostPort } from './admin/host-port.ts'
import { parseServeOptions } from './serve-options.ts'

let directory = ''
beforeAll(() => { directory = mkdtempSync(join(tmpdir(), 'weir-cli-')) })
afterAll(() => { rmSync(directory, { recursive: true }) })

test('without options there are defaults', () => {
  expect(parseServeOptions([], {}, false)).toEqual({
    configFile: undefined,
    watch: false,
    stateDirectory: undefined,
    admin: {
      listen: { host: '127.0.0.1', port: 8080 },
      socket: undefined,
      tls: undefined,
      token: undefined,
      local: true,
      auditFile: undefined
    },
    workers: availableParallelism(),
    transport: 'node',
    maxSessions: 5_000_000,
    dnsServers: undefined,
    logLevel: 'info',
    graceMs: 10_000,
    logFormat: 'json',
    spanShare: 0,
    accessLog: undefined,
    cluster: {}
  })
})

test('every option is read, in both forms', () => {
  const token = join(directory, 'token')
  writeFileSync(token, ' secret\n')
  const { admin: { token: read, ...admin }, ...options } = parseServeOptions([
    '--config',
    'c',
    '--watch',
    '--state=s',
    '--admin',
    '0.0.0.0:0',
    '--workers',
    '0',
    '--transport',
    'auto',
    '--max-sessions',
    '1',
    '--dns',
    '127.0.0.1,[::1]:5353',
    `--token-file=${token}`,
    '--log-level',
    'debug',
    '--log-format',
    'pretty',
    '--access-log',
    'a.log',
    '--access-log-format={client}',
    '--spans',
    '0.25',
    '--security-webhook',
    'https://hooks.example/weir',
    '--security-webhook-secret',
    '/s',
    '--grace',
    '0.5',
    '--admin-socket',
    '/run/w',
    '--admin-socket-mode',
    '660',
    '--admin-cert',
    'c',
    '--admin-key',
    'k',
    '--admin-client-ca',
    'a',
    '--admin-client-crl',
    'r',
    '--admin-clients',
    'l',
    '--audit-file',
    'f',
    '--cluster',
    'redis://127.0.0.1',
    '--node=a',
    '--cluster-config',
    'own',
    '--cluster-password',
    '/p',
    '--cluster-ca',
    '/c',
    '--cluster-cert',
    '/d',
    '--cluster-cert-key',
    '/e',
    '--cluster-keys',
    '/k'
  ], { WEIR_ADMIN_TOKEN: 'other' })
  expect(read?.current).toBe('secret')
  expect(options).toEqual({
    configFile: 'c',
    watch: true,
    stateDirectory: 's',
    workers: 0,
    transport: 'auto',
    maxSessions: 1,
    dnsServers: ['127.0.0.1', '[::1]:5353'],
    logLevel: 'debug',
    graceMs: 500,
    logFormat: 'pretty',
    spanShare: 0.25,
    accessLog: { file: resolve('a.log'), format: '{client}' },
    securityWebhook: { url: 'https://hooks.example/weir', secretFile: '/s' },
    cluster: {
      store: 'redis://127.0.0.1',
      node: 'a',
      configuration: 'own',
      passwordFile: '/p',
      caFile: '/c',
      certFile: '/d',
      certKeyFile: '/e',
      keysFile: '/k'
    }
  })
  expect(admin).toEqual({
    listen: { host: '0.0.0.0', port: 0 },
    socket: { path: '/run/w', mode: 0o660 },
    tls: { cert: 'c', key: 'k', clientCa: 'a', clientCrl: 'r', clients: 'l' },
    local: false,
    auditFile: 'f'
  })
  expect(parseServeOptions([], { WEIR_ADMIN_TOKEN: 'other' }).admin.token?.current).toBe('other')
})

test('the log is for people at a terminal, and for programs otherwise, unless one says so', () => {
  expect(parseServeOptions([], {}, true).logFormat).toBe('pretty')
  expect(parseServeOptions(['--log-format', 'json'], {}, true).logFormat).toBe('json')
  expect(parseServeOptions(['--access-log', '-'], {}).accessLog).toEqual({ file: '-', format: undefined })
})

test('the most sessions that can be are taken', () => {
  expect(parseServeOptions(['--max-sessions', '50000000'], {}).maxSessions).toBe(50_000_000)
})

describe('refused is', () => {
  test.each<[string, string[], string]>([
    ['an unknown option', ['--port', '1'], "unknown option '--port'; there are: --config, --watch, --state, --admin, --admin-socket, --admin-socket-mode, --admin-cert, --admin-key, --admin-client-ca, --admin-client-crl, --admin-clients, --workers, --transport, --max-sessions, --cluster, --node, --cluster-config, --cluster-password, --cluster-ca, --cluster-cert, --cluster-cert-key, --cluster-keys, --dns, --token-file, --audit-file, --log-level, --log-format, --access-log, --access-log-format, --spans, --security-webhook, --security-webhook-secret, --grace"],
    ['a value for a switch', ['--config', 'c', '--watch=no'], "option '--watch' takes no value; got 'no'"],
    ['a watch on nothing', ['--watch'], '--watch needs --config FILE'],
    ['a short option', ['-p'], "unknown option '-p'; there are:"],
    ['an argument', ['weir.json'], "unexpected argument 'weir.json'"],
    ['an option without value', ['--config'], "option '--config' needs a value"],
    ['an option for a value', ['--config', '--state', 's'], "option '--config' needs a value"],
    ['an option given twice', ['--workers', '1', '--workers', '2'], "option '--workers' is given twice: 1 and 2"],
    ['a fraction of a worker', ['--workers', '1.5'], "--workers: expected an integer from 0 to 1024, got '1.5'"],
    ['a word for a number', ['--grace', 'soon'], "--grace: expected a number from 0 to 86400, got 'soon'"],
    ['no session at all', ['--max-sessions', '0'], "--max-sessions: expected an integer from 1 to 50000000, got '0'"],
    ['more sessions than can be', ['--max-sessions', '50000001'], "--max-sessions: expected an integer from 1 to 50000000, got '50000001'"],
    ['a name of a DNS server', ['--dns', '127.0.0.1,dns.example'], "--dns: expected an IP address, or one with a port as in 127.0.0.1:50123 or [::1]:50123, and commas between several; got 'dns.example'"],
    ['an unknown level', ['--log-level', 'loud'], "--log-level: expected one of debug, info, warn, error, silent; got 'loud'"],
    ['an unknown format', ['--log-format', 'xml'], "--log-format: expected one of pretty, json; got 'xml'"],
    ['an unknown field', ['--access-log', '-', '--access-log-format', '{time} {ip}'], "--access-log-format: unknown field 'ip' at column 8; there are: time, kind, worker"],
    ['a webhook without a secret', ['--security-webhook', 'https://hooks.example'], '--security-webhook needs --security-webhook-secret FILE: events are signed'],
    ['a secret without a webhook', ['--security-webhook-secret', 's'], '--security-webhook-secret needs --security-webhook URL'],
    ['a webhook that is no URL', ['--security-webhook', 'hooks', '--security-webhook-secret', 's'], "--security-webhook: expected a URL of https or http; got \"hooks\""],
    ['more than every connection', ['--spans', '2'], "--spans: expected a number from 0 to 1, got '2'"],
    ['a format of nothing', ['--access-log-format', 'json'], '--access-log-format needs --access-log FILE'],
    ['an access log without a name', ['--access-log='], "option '--access-log' needs a value"],
    ['an address without port', ['--admin', 'localhost'], "--admin: expected HOST:PORT, as in 127.0.0.1:8080 or [::1]:8080, got 'localhost'"],
    ['a port out of range', ['--admin', 'localhost:65536'], '--admin: expected HOST:PORT'],
    ['an open API without token', ['--admin', '0.0.0.0:8080'], '--admin 0.0.0.0:8080 can be reached from other machines and needs a token'],
    ['an API without an address', ['--admin', 'none'], '--admin none leaves the API without an address: give --admin-socket PATH'],
    ['TLS of no address', ['--admin', 'none', '--admin-socket', 's', '--admin-cert', 'c', '--admin-key', 'k'], '--admin none has no TLS'],
    ['a mode for everybody', ['--admin-socket', 's', '--admin-socket-mode', '666'], "--admin-socket-mode: expected 600 or 660, got '666'"],
    ['a mode of nothing', ['--admin-socket-mode', '600'], '--admin-socket-mode needs --admin-socket PATH'],
    [
      'a path that no socket can have',
      ['--admin-socket', `/${'x'.repeat(107)}`],
      '--admin-socket: expected a path of at most 107 bytes'
    ],
    [
      'a certificate without its key',
      ['--admin-cert', 'c'],
      '--admin-cert needs --admin-cert FILE and --admin-key FILE'
    ],
    ['clients without TLS', ['--admin-clients', 'c'], '--admin-clients needs --admin-cert FILE and --admin-key FILE'],
    ['revocation lists of no authority', ['--admin-cert', 'c', '--admin-key', 'k', '--admin-client-crl', 'r'], '--admin-client-crl FILE needs --admin-client-ca FILE: the authorities whose lists it has'],
    ['an authority without roles', ['--admin-cert', 'c', '--admin-key', 'k', '--admin-client-ca', 'a'], '--admin-client-ca FILE and --admin-clients FILE are given together'],
    ['a token file that is not there', ['--token-file', '/nonexistent'], "--token-file: cannot read '/nonexistent' (ENOENT)"]
  ])('%s', (_, args, message) => {
    expect(() => parseServeOptions(args, {})).toThrow(message)
  })

  test('an empty token', () => {
    const token = join(directory, 'empty')
    writeFileSync(token, '\n')
    expect(() => parseServeOptions(['--token-file', token], {})).toThrow('is empty')
    expect(() => parseServeOptions([], { WEIR_ADMIN_TOKEN: '' })).toThrow('WEIR_ADMIN_TOKEN is empty')
  })
})

test('named tokens, which a socket or a certificate can make, are enough for an open API', () => {
  expect(parseServeOptions(['--admin', '0.0.0.0:1', '--admin-socket', '/s'], {}).admin).toMatchObject({
    token: undefined,
    local: false
  })
  expect(
    parseServeOptions([
      '--admin',
      '0.0.0.0:1',
      '--admin-cert',
      'c',
      '--admin-key',
      'k',
      '--admin-client-ca',
      'a',
      '--admin-clients',
      'l'
    ], {}).admin
  ).toMatchObject({ token: undefined, local: false })
})

test('hosts and ports', () => {
  expect(parseHostPort('--admin', '[::1]:80')).toEqual({ host: '::1', port: 80 })
  expect(parseHostPort('--admin', ':80')).toEqual({ host: '127.0.0.1', port: 80 })
  expect(hostPortText({ host: '::1', port: 80 })).toBe('[::1]:80')
  expect(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', 'localhost'].map(isLoopback)).toEqual([
    true,
    true,
    true,
    true,
    true
  ])
  expect(['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'example.org'].map(isLoopback)).toEqual([
    false,
    false,
    false,
    false,
    false
  ])
})
