// `weir shell` at a real terminal, and without one.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '@weirlb/testing'
import { describeWithScript } from '../support/describe-with.ts'
import { weirBin } from '../support/bundled.ts'
import { weirCommand } from '../support/weir-command.ts'
import { WeirProcess } from '../support/weir-process.ts'

let weir: WeirProcess
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-shell-'))
  weir = await WeirProcess.start({ workers: 1 })
})
afterAll(async () => {
  await weir.stop()
  await rm(folder, { recursive: true })
})

describe('weir shell without a terminal', () => {
  test('runs each line of its input, and its status tells of refused ones', async () => {
    const { status, out, err } = await weirCommand(['shell', '--api', weir.api.base], {
      input: 'add service piped 127.0.0.1 USER_TCP 1\nad servic piped2\ncount service\nexit\ncount lb vs\n',
      env: { WEIR_HISTORY: join(folder, 'none') }
    })
    expect({ status, out }).toEqual({ status: 1, out: ' Done\n1\n' })
    expect(err).toMatch(/^weir: 'servic' may be service or serviceGroup\n/)
  })

  test('tells where it found nobody, and what its options are', async () => {
    expect(await weirCommand(['shell', '--api', 'http://127.0.0.1:1'], { input: 'show service\n' })).toMatchObject({
      status: 1,
      err: expect.stringContaining('no Weir answers on http://127.0.0.1:1') as string
    })
    expect(await weirCommand(['shell', 'here'])).toMatchObject({
      status: 2,
      err: expect.stringContaining('--api URL') as string
    })
  })
})

describeWithScript('weir shell at a terminal', script => {
  let child: ChildProcess
  let seen = ''
  /** Type, and wait for what the terminal shows then. */
  const type = async (keys: string, expected: RegExp | string): Promise<void> => {
    const from = seen.length
    child.stdin!.write(keys)
    await until(
      () => (typeof expected === 'string' ? seen.slice(from).includes(expected) : expected.test(seen.slice(from))),
      `${JSON.stringify(keys)} to show ${String(expected)}; there is ${JSON.stringify(seen.slice(from))}`
    )
  }

  test('completes, keeps a history, pages, and repeats until it is interrupted', async () => {
    const history = join(folder, 'history')
    child = spawn(script, ['-qfec', `stty rows 12 cols 90; exec '${process.execPath}' '${weirBin}' shell --api ${weir.api.base}`, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, WEIR_HISTORY: history, TERM: 'xterm' } })
    child.stdout!.on('data', (chunk: Buffer) => { seen += chunk.toString() })
    const prompt = `${new URL(weir.api.base).host}> `
    await until(() => seen.includes('Weir 0.') && seen.includes(prompt), 'the first prompt')
    await type('add servi', 'add servi')
    await type('\t', 'ce')
    await type(' s1 127.0.0.1 USER_TCP 1883', '1883')
    await type('\r', /Done[^]*> /)
    await type('set service s', 'set service s')
    await type('\t', '1 ')
    await type('-maxC', '-maxC')
    await type('\t', 'lient ')
    await type('5', '5')
    await type('\r', /Done[^]*> /)
    expect((await weir.api.call('getService', { path: { name: 's1' } })).body.maxClients).toBe(5)
    await type('help', 'help')
    await type('\r', '--More--')
    await type('q', prompt)
    await type('stat service -ntimes 0 -interval 0.1', '0.1')
    await type('\r', /Name +IP[^]*Name +IP[^]*Name +IP/)
    await type('\u0003', prompt)
    // The line before is there again.
    await type('\u001B[A', 'stat service -ntimes 0')
    await type('\u0015', prompt)
    const exited = once(child, 'exit')
    child.stdin!.write('exit\r')
    await exited
    expect((await readFile(history, 'utf8')).split('\n').slice(0, 3)).toEqual([
      'add service s1 127.0.0.1 USER_TCP 1883',
      'set service s1 -maxClient 5',
      'help'
    ])
    expect((await stat(history)).mode & 0o777).toBe(0o600)
  })
})
