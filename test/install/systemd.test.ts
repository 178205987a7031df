// The units for systemd, held to its own tools. No service manager runs where tests run: its tools read the units, and
// its socket activation starts the real process.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FakeServer, until } from '@weirlb/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithSystemd } from '../support/describe-with.ts'
import { around } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'
import { lineProtocol, SERVER_LINES } from '../support/line-protocol.ts'
import { weirBin } from '../support/bundled.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const units = join(root, 'packaging/systemd')
/** The most exposure that systemd-analyze may find, from 0 to 10. */
const MOST_EXPOSURE = 1.5

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-systemd-'))
  const command = join(folder, 'weir')
  writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${weirBin}' "$@"\n`)
  chmodSync(command, 0o755)
  const service = readFileSync(join(units, 'weir.service'), 'utf8')
  expect(service).toContain('ExecStart=/usr/local/bin/weir serve ')
  // It has to be there for systemd-analyze.
  writeFileSync(join(folder, 'weir.service'), service.replace('/usr/local/bin/weir', command))
  copyFileSync(join(units, 'weir.socket'), join(folder, 'weir.socket'))
})
afterAll(() => { rmSync(folder, { recursive: true }) })

describeWithSystemd('systemd', analyze => {
  test('finds no fault in the units', () => {
    const { status, stdout, stderr } = spawnSync(analyze, ['verify', '--man=no', join(folder, 'weir.service'), join(folder, 'weir.socket')], { encoding: 'utf8', env: { ...process.env, SYSTEMD_LOG_LEVEL: 'warning' } })
    // It may have remarks about units of the machine.
    const ours = `${stdout}${stderr}`.split('\n').filter(line => line.includes('weir'))
    expect({ status, ours }).toEqual({ status: 0, ours: [] })
  })

  test(`finds an exposure of ${MOST_EXPOSURE} at most`, () => {
    const { stdout } = spawnSync(analyze, ['security', '--offline=true', '--no-pager', join(folder, 'weir.service')], {
      encoding: 'utf8'
    })
    const exposure = Number(/Overall exposure level for weir\.service: ([\d.]+)/.exec(stdout)?.[1])
    expect(exposure).toBeGreaterThan(0)
    expect(exposure).toBeLessThanOrEqual(MOST_EXPOSURE)
  })

  test('starts Weir for the first client, which is served from the socket that it was given', async () => {
    const server = await FakeServer.echo()
    const port = await freePort()
    writeFileSync(join(folder, 'weir.json'), JSON.stringify(around(lineProtocol(SERVER_LINES), [server], {
      userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port, defaultLb: 'lb' }]
    })))
    const activate = spawn(join(dirname(analyze), 'systemd-socket-activate'), ['-l', `127.0.0.1:${port}`, '-E', 'PATH', join(folder, 'weir'), 'serve', '--config', join(folder, 'weir.json'), '--admin', '127.0.0.1:0', '--workers', '1'], { stdio: ['ignore', 'ignore', 'pipe'] })
    let log = ''
    activate.stderr.on('data', (bytes: Buffer) => { log += bytes.toString() })
    try {
      await until(() => log.includes(`Listening on 127.0.0.1:${port}`), 'the socket')
      const client = connect(port, '127.0.0.1')
      let text = ''
      client.on('data', bytes => { text += bytes.toString() })
      client.write('hello x\n')
      await until(
        () => text === 'hello x\n' || (activate.exitCode !== null && Promise.reject(new Error(log))),
        'the first client'
      )
      client.destroy()
    } finally {
      const ended = once(activate, 'close')
      activate.kill('SIGTERM')
      await ended
      await server.close()
    }
    expect(activate.exitCode).toBe(0)
  })
})
