import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const folder = fileURLToPath(new URL('../../examples', import.meta.url))
const examples = readdirSync(folder).filter(name => existsSync(join(folder, name, 'main.ts')))

/** What an example must have printed, besides ending with status 0. */
const prints: Readonly<Record<string, readonly RegExp[]>> = {
  changes: [/^precondition-failed\ndrain-1 is running\nred is draining\nblue is up\nred 1, blue 2$/m],
  'custom-balancing': [/^first first second second third$/m, /^third third second second first$/m, /^method: expected one of round-robin, least-connection, least-response-time, least-bandwidth, least-outstanding, token, source-ip-hash, random-two-choices, fill-first; got "fill-last"$/m],
  'custom-protocol': [/^(red|blue): HELLO ann {3}\1: HELLO ann$/m, /^ERR say HELLO <name> first$/m],
  'custom-session-store': [/^ann: (red|blue) \1 \1$/m, /^\[ \{ key: 'ann', service: '(red|blue)' \} \]$/m, /^1$/m],
  'length-prefixed': [/^16777230 bytes, \d crossings$/m],
  'mqtt-websocket': [/^the page \/index.html for 127.0.0.1$/m, /^chat\/1: hello over WebSocket$/m, /^client ID page-1 at broker$/m],
  edge: [
    /^admin: Edge\napp: Tester\n/m, /^test: hello through mqtt.localhost$/m, /^another name: 503 no server can take the request now$/m,
    /^status: 200 \[{"name":"admin","status":"up","picks":2},{"name":"app","status":"up","picks":1},{"name":"mqtt","status":"up","picks":1}\]$/m
  ],
  embed: [/^the program that was here before$/m, /\/weir\/v1\/health ok/],
  events: [/^revision \d+\nbroker is down\nbroker is up$/m]
}

describe('every example runs', () => {
  test.each(examples)('%s', async name => {
    // As `npm start` does, flags and all.
    const { scripts } = JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8')) as { scripts: { start: string } }
    const [, ...flags] = scripts.start.split(' ').slice(0, -1)
    const child = spawn(process.execPath, [...flags, join(folder, name, 'main.ts'), '--exit'], { stdio: ['ignore', 'pipe', 'pipe'] })
    const [[status], stdout, stderr] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)])
    expect(status, stderr).toBe(0)
    for (const line of prints[name] ?? []) expect(stdout).toMatch(line)
  })

  test('and says something that is checked', () => { expect(Object.keys(prints).sort()).toEqual(examples.sort()) })
})
