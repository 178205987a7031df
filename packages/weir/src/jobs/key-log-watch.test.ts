import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MAX_KEY_LOG_BYTES, parseConfig } from '@weirlb/model'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { KeyLogWatch } from './key-log-watch.ts'

let directory: string
beforeAll(() => { directory = mkdtempSync(join(tmpdir(), 'weir-keys-')) })
afterAll(() => { rmSync(directory, { recursive: true }) })

test('a key log is warned of with each configuration, and reported once when it is full', async () => {
  const lines: string[] = []
  const log = {
    debug () {},
    info () {},
    warn (_: object, message: string) {
      lines.push(message.slice(0, 30))
    },
    error () {}
  }
  const keyLogFile = join(directory, 'keys')
  const config = parseConfig({
    userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', tls: { keyLogFile } }]
  })
  const loud = 'THE SECRETS OF TLS SESSIONS AR'
  const full = 'a file with secrets of TLS ses'
  const watch = new KeyLogWatch(log)
  watch.committed(config)
  await watch.look()
  expect(lines).toEqual([loud])
  writeFileSync(keyLogFile, '')
  truncateSync(keyLogFile, MAX_KEY_LOG_BYTES - 1)
  await watch.look()
  expect(lines).toEqual([loud])
  truncateSync(keyLogFile, MAX_KEY_LOG_BYTES)
  await watch.look()
  await watch.look()
  expect(lines).toEqual([loud, full])
  truncateSync(keyLogFile, 0)
  await watch.look()
  truncateSync(keyLogFile, MAX_KEY_LOG_BYTES)
  await watch.look()
  expect(lines).toEqual([loud, full, full])
  watch.committed(parseConfig({}))
  await watch.look()
  expect(lines).toHaveLength(3)
})
