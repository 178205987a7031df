import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hostPortText, isLoopback, parseHostPort } from './host-port.ts'
import { parseServeOptions } from './serve-options.ts'

let directory = ''
beforeAll(() => { directory = mkdtempSync(join(tmpdir(), 'weir-cli-')) })
afterAll(() => { rmSync(directory, { recursive: true }) })

test('without options there are defaults', () => {
  expect(parseServeOptions([], {})).toEqual({
    configFile: undefined, stateDirectory: undefined, admin: { host: '127.0.0.1', port: 8080 }, workers: availableParallelism(), transport: 'node', maxSessions: 5_000_000, dnsServers: undefined, token: undefined, logLevel: 'info', graceMs: 10_000
  })
})

test('every option is read, in both forms', () => {
  const token = join(directory, 'token')
  writeFileSync(token, ' secret\n')
  const { token: read, ...options } = parseServeOptions(['--config', 'c', '--state=s', '--admin', '0.0.0.0:0', '--workers', '0', '--transport', 'auto', '--max-sessions', '1', '--dns', '127.0.0.1,[::1]:5353', `--token-file=${token}`, '--log-level', 'debug', '--grace', '0.5'], { WEIR_ADMIN_TOKEN: 'other' })
  expect(read?.current).toBe('secret')
  expect(options).toEqual({
    configFile: 'c', stateDirectory: 's', admin: { host: '0.0.0.0', port: 0 }, workers: 0, transport: 'auto', maxSessions: 1, dnsServers: ['127.0.0.1', '[::1]:5353'], logLevel: 'debug', graceMs: 500
  })
  expect(parseServeOptions([], { WEIR_ADMIN_TOKEN: 'other' }).token?.current).toBe('other')
})

test('the most sessions that can be are taken', () => {
  expect(parseServeOptions(['--max-sessions', '50000000'], {}).maxSessions).toBe(50_000_000)
})

describe('refused is', () => {
  test.each<[string, string[], string]>([
    ['an unknown option', ['--port', '1'], "unknown option '--port'; there are: --config, --state, --admin, --workers, --transport, --max-sessions, --dns, --token-file, --log-level, --grace"],
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
    ['an address without port', ['--admin', 'localhost'], "--admin: expected HOST:PORT, as in 127.0.0.1:8080 or [::1]:8080, got 'localhost'"],
    ['a port out of range', ['--admin', 'localhost:65536'], '--admin: expected HOST:PORT'],
    ['an open API without token', ['--admin', '0.0.0.0:8080'], '--admin 0.0.0.0:8080 can be reached from other machines and needs a token'],
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

test('hosts and ports', () => {
  expect(parseHostPort('--admin', '[::1]:80')).toEqual({ host: '::1', port: 80 })
  expect(parseHostPort('--admin', ':80')).toEqual({ host: '127.0.0.1', port: 80 })
  expect(hostPortText({ host: '::1', port: 80 })).toBe('[::1]:80')
  expect(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', 'localhost'].map(isLoopback)).toEqual([true, true, true, true, true])
  expect(['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'example.org'].map(isLoopback)).toEqual([false, false, false, false, false])
})
