// `weir top`, at a real terminal and without one.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { until } from '@weirlb/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { atEnd } from '../support/at-end.ts'
import { describeWithScript } from '../support/describe-with.ts'
import { weirBin } from '../support/bundled.ts'
import { weirCommand } from '../support/weir-command.ts'
import { WeirProcess } from '../support/weir-process.ts'
import { Client, Farm, serverOf } from './farm.ts'

let farm: Farm
let weir: WeirProcess
let port: number
beforeAll(async () => {
  farm = await Farm.start('red', 'blue')
  weir = await WeirProcess.start({ workers: 1 })
  await weir.api.call('replaceConfig', { body: farm.config() })
  port = await weir.api.port('v')
})
afterAll(async () => {
  await weir.stop()
  farm.close()
})

interface Seen {
  readonly health: { readonly status: string }
  readonly userVservers: readonly {
    readonly name: string
    readonly figures: Record<string, unknown>
    readonly rates: Record<string, number>
  }[]
  readonly services: readonly { readonly name: string }[]
}

test('JSON has the figures of each look, and rates from the second on', async () => {
  const child = spawn(process.execPath, [weirBin, 'top', '--json', '--interval', '0.3', '--api', weir.api.base], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  atEnd(async () => {
    const ended = once(child, 'close')
    child.kill('SIGTERM')
    await ended
  })
  const seen: Seen[] = []
  createInterface(child.stdout).on('line', line => { seen.push(JSON.parse(line) as Seen) })
  const client = await Client.connect(port, 'ann')
  await until(async () => {
    await serverOf(port, 'more')
    return seen.some(({ userVservers }) =>
      userVservers[0]!.figures['ClntConn'] === 1 && (userVservers[0]!.rates['Hits'] ?? 0) > 0
    )
  }, 'a rate')
  client.close()
  expect(seen[0]!.userVservers[0]!.rates).toEqual({})
  expect(seen[0]!.services.map(({ name }) => name).sort()).toEqual(['blue', 'red'])
})

test('without a terminal it prints one table below the other, as often as asked', async () => {
  const { status, out, err } = await weirCommand(['top', '--times', '2', '--interval', '0.3', '--api', weir.api.base])
  expect({ status, err }).toEqual({ status: 0, err: '' })
  expect(out.match(/^User vserver +State +Health +Conn +Conn\/s +Req\/s +In\/s +Out\/s +Ended\/s$/gm)).toHaveLength(2)
  expect(out).toMatch(/^v +(?:UP|UNKNOWN) +\d+ +0 +0\.0 +0\.0 +0 +0 +0\.0$/m)
  expect(out).toMatch(/^Service +State +Conn +Dials\/s/m)
})

test.each([
  [['--interval', '0'], "--interval: expected a number from 0.2 to 3600, got '0'"],
  [['--times', 'ever'], "--times: expected a number from 1 to"],
  [['--json=yes'], "option '--json' has no value; got 'yes'"],
  [['v'], "weir top takes options only, got 'v'"],
  [['--filter', 'v'], "unknown option '--filter'; there are: --interval, --times, --json, --api"]
])('refuses %j', async (args, message) => {
  expect(await weirCommand(['top', ...args])).toMatchObject({
    status: 2,
    err: expect.stringContaining(message) as string
  })
})

test('tells where it found nobody', async () => {
  expect(await weirCommand(['top', '--api', 'http://127.0.0.1:1'])).toMatchObject({
    status: 1,
    out: '',
    err: expect.stringContaining('no Weir answers on http://127.0.0.1:1') as string
  })
})

describeWithScript('weir top at a terminal', script => {
  test.each([['q', 'q'], ['Ctrl-C', '\u0003']])('draws on a page of its own, within its rows, and %s gives the terminal back', async (_, key) => {
    const child = spawn(script, ['-qfec', `stty rows 8 cols 70; exec '${process.execPath}' '${weirBin}' top --interval 0.3 --api ${weir.api.base}`, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, TERM: 'xterm' } })
    let seen = ''
    child.stdout.on('data', (chunk: Buffer) => { seen += chunk.toString() })
    await until(() => seen.split('\u001B[H').length > 3, 'some looks')
    const ended = once(child, 'close')
    child.stdin.write(key)
    expect(await ended).toEqual([0, null])
    const [, ...looks] = seen.split('\u001B[H')
    expect(seen).toContain('\u001B[?1049h')
    expect(seen.trimEnd().endsWith('\u001B[?1049l')).toBe(true)
    for (const look of looks) expect(look.split('\r\n').length).toBeLessThanOrEqual(9)
    expect(looks[0]).toContain('… ')
    expect(looks[0]).toContain('weir 0.')
  })
})
