import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { findService, type ServiceName } from '../support/services.ts'

/** What `npm run example` runs. */
const script = fileURLToPath(new URL('../../scripts/example.ts', import.meta.url))
const folder = fileURLToPath(new URL('../../examples', import.meta.url))
const examples = readdirSync(folder).filter(name => existsSync(join(folder, name, 'main.ts')))

/** What an example must have printed, besides ending with status 0. */
const prints: Readonly<Record<string, readonly RegExp[]>> = {
  changes: [/^precondition-failed\ndrain-1 is running\nred is draining\nblue is up\nred 1, blue 2$/m],
  cluster: [
    /^meter-0 through a: (red|blue)$/m,
    /^a is killed: 4 clients come back through b and c$/m,
    /^4 of 4 met their broker again$/m
  ],
  'custom-balancing': [
    /^first first second second third$/m,
    /^third third second second first$/m,
    /^method: expected one of round-robin, least-connection, least-response-time, least-bandwidth, least-outstanding, token, source-ip-hash, random-two-choices, fill-first; got "fill-last"$/m
  ],
  'custom-protocol': [/^(red|blue): HELLO ann {3}\1: HELLO ann$/m, /^ERR say HELLO <name> first$/m],
  'custom-session-store': [/^ann: (red|blue) \1 \1$/m, /^\[ \{ key: 'ann', service: '(red|blue)' \} \]$/m, /^1$/m],
  'length-prefixed': [/^16777230 bytes, \d crossings$/m],
  'mqtt-websocket': [
    /^the page \/index.html for 127.0.0.1$/m,
    /^chat\/1: hello over WebSocket$/m,
    /^client ID page-1 at broker$/m
  ],
  edge: [
    /^admin: Edge\napp: Tester\n/m,
    /^test: hello through mqtt.localhost$/m,
    /^another name: 503 no server can take the request now$/m,
    /^status: 200 \[{"name":"admin","status":"up","picks":2},{"name":"app","status":"up","picks":1},{"name":"mqtt","status":"up","picks":1}\]$/m
  ],
  'edge-load': [
    /^none +bridge, called over REST .* 12 received$/m,
    /^none +page outside .* 12 received$/m,
    ...['edge function', 'rule'].flatMap(
      name => [
        new RegExp(`^${name} +bridge, called over REST .* 12 403$`, 'm'),
        new RegExp(`^${name} +page inside .* 12 received$`, 'm'),
        new RegExp(`^${name} +page outside .* 12 403$`, 'm')
      ]
    ),
    ...['bridge, called over REST', 'page inside', 'page outside'].map(who =>
      new RegExp(`^rate limit +${who} .* 10 received, 2 429$`, 'm')
    ),
    /^defence mode +bridge, called over REST .* 12 received$/m,
    /^defence mode +page inside .* 12 403$/m
  ],
  embed: [/^the program that was here before$/m, /\/weir\/v1\/health ok/],
  events: [/^revision \d+\nbroker is down\nbroker is up$/m]
}

/** Examples that need a program which npm cannot bring. */
const needs: Readonly<Record<string, ServiceName>> = { cluster: 'redis' }
const runnable = examples.filter(name => needs[name] === undefined || findService(needs[name]) !== undefined)

describe('every example runs', () => {
  test.each(runnable)('%s', async name => {
    const child = spawn(process.execPath, [script, name, '--exit'], { stdio: ['ignore', 'pipe', 'pipe'] })
    const [[status], stdout, stderr] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)])
    expect(status, stderr).toBe(0)
    for (const line of prints[name] ?? []) expect(stdout).toMatch(line)
  })

  test('and says something that is checked', () => { expect(Object.keys(prints).sort()).toEqual(examples.sort()) })
})
