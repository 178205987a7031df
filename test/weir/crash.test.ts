// kill -9 under writes: whatever was acknowledged is there, and no change is there by half.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '@weirlb/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundled } from '../support/bundled.ts'
import { WeirProcess } from '../support/weir-process.ts'

const [library, storage] = [bundled('test/support/crash-writer.ts'), bundled('test/support/crash-storage.ts')]
let directory: string
beforeAll(() => { directory = mkdtempSync(join(tmpdir(), 'weir-crash-')) })
afterAll(() => { rmSync(directory, { recursive: true }) })

/** Directories that are written to at once. */
const LANES = 2

/** Run a writer on a directory, and kill it some time after so many writes. Resolves with its lines. */
const killed = async (writer: string, state: string, enough: number, afterMs: number): Promise<string[]> => {
  const child: ChildProcess = spawn(process.execPath, ['--no-node-snapshot', writer, state], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const ended = once(child, 'close')
  const lines: string[] = []
  let writes = 0
  for await (const line of createInterface(child.stdout!)) {
    lines.push(line)
    if (line.startsWith('wrote') && ++writes === enough) void sleep(afterMs).then(() => child.kill('SIGKILL'))
  }
  expect((await ended)[1]).toBe('SIGKILL')
  return lines
}

test.each([['the library', library, 12, 2], ['the storage', storage, 40, 90]] as const)('kills of %s lose no acknowledged write, and leave none by half', async (what, writer, kills, firstWrites) => {
  const lane = async (name: string): Promise<void> => {
    const state = join(directory, `${what} ${name}`)
    let last = 0
    for (let i = 0; i < kills / LANES; i++) {
      // Moments of a write, which takes some 10 to 50 ms, spread over it.
      const lines = await killed(writer, state, i === 0 ? firstWrites : 2, i * 50 / (kills / LANES))
      const [, first, other, kept] = /^found (\d+) (\d+) (\d+)$/.exec(lines[0]!)!.map(Number) as [number, number, number, number]
      expect(first).toBe(other)
      // The one that was under way may be there as a whole.
      expect([last, last + 1]).toContain(first)
      // A hundred revisions are kept. The library has one before the first write, and a kill may come before the oldest
      // is forgotten.
      expect(kept).toBeGreaterThanOrEqual(Math.min(100, first))
      expect(kept).toBeLessThanOrEqual(Math.min(101, first + 1))
      last = Number(lines.at(-1)!.slice('wrote '.length))
    }
  }
  await Promise.all(Array.from({ length: LANES }, (_, i) => lane(`lane-${i}`)))
})

test('so it is with weir serve, its workers, and writes over REST', async () => {
  const state = join(directory, 'serve')
  let last = 0
  for (let i = 0; i < 3; i++) {
    const weir = await WeirProcess.start({ workers: 1, state })
    const services = (await weir.api.call('listServices', {})).body.items
    expect([last, last + 1]).toContain(services.length)
    last = services.length
    const before = last
    const writes = (async () => {
      for (;;) {
        await weir.api.call('createService', { body: { name: `s${last + 1}`, address: '127.0.0.1', port: 1 } })
        last++
      }
    })().catch(() => {})
    await until(() => last > before + 1, 'two writes')
    await sleep(13 * i)
    process.kill(weir.pid, 'SIGKILL')
    await writes
  }
  expect(last).toBeGreaterThanOrEqual(6)
})

test('a damaged configuration is replaced by the last good revision, the log says so, and a newer release is refused', async () => {
  const state = join(directory, 'damaged')
  const before = await WeirProcess.start({ workers: 1, state })
  for (const name of ['a', 'b'])
    await before.api.call('createService', { body: { name, address: '127.0.0.1', port: 1 } })
  await before.stop()
  const file = join(state, 'config.json')
  await writeFile(file, (await readFile(file, 'utf8')).slice(0, 100))
  const after = await WeirProcess.start({ workers: 1, state })
  expect((await after.api.call('listServices', {})).body.items.map(({ name }) => name)).toEqual(['a', 'b'])
  expect(
    await until(
      () => after.log.find(({ msg }) => msg === 'the saved configuration was damaged: the last good revision is used'),
      'the line'
    )
  ).toMatchObject({ level: 50, damage: expect.stringContaining('revision 2') as string })
  await after.stop()

  // A state directory of a newer release is refused.
  await writeFile(join(state, 'format.json'), '{"format":7,"release":"2.0.0"}')
  await expect(WeirProcess.start({ workers: 1, state })).rejects.toThrow(
    /was written by a newer release \(Weir 2\.0\.0\): it has form 7/
  )
})
