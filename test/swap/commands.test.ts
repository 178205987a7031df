// The commands of who replaces an extension: push beside the present version, promote, rollback.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { weirBin } from '../support/bundled.ts'
import { WeirProcess } from '../support/weir-process.ts'

const file = fileURLToPath(new URL('../../examples/custom-protocol/protocol.ts', import.meta.url))

const weir = async (...args: readonly string[]): Promise<string> =>
  await new Promise(resolve => {
    execFile(process.execPath, [weirBin, 'extension', ...args], (error, out, err) => {
      resolve(`${error === null ? 0 : String(error.code)} ${out}${err}`)
    })
  })

test('push --canary, promote and rollback', async () => {
  const { api, stop } = await WeirProcess.start({ workers: 0 }).then(server => ({
    api: server.api,
    stop: async () => await server.stop()
  }))
  try {
    const at = ['--api', api.base]
    await api.call('createExtension', {
      body: { name: 'x', source: `${await readFile(file, 'utf8')}// the first`, limits: { heapMb: 32 } }
    })
    const push = ['push', file, '--name', 'x', ...at]
    expect(await weir(...push, '--canary', '10', '--revert-above', '0.05')).toBe(
      `0 a canary gets 10 % of the new connections of extension 'x' on ${api.base}\n`
    )
    expect((await api.call('getExtension', { path: { name: 'x' } })).body).toMatchObject({
      limits: { heapMb: 32 },
      canary: { percent: 10, revertOnErrorsAbove: 0.05 }
    })
    expect(await weir('rollback', 'x', ...at)).toMatch(
      /^1 weir: POST \/v1\/extensions\/x\/rollback: 409 extension 'x' has a canary.* \[canary-running\]\n$/
    )
    expect(await weir('promote', 'x', ...at)).toBe(`0 extension 'x' on ${api.base} is at version 2\n`)
    expect(await weir('rollback', 'x', ...at)).toBe(`0 extension 'x' on ${api.base} is at version 1\n`)
    expect(
      await Promise.all([weir(...push, '--canary', 'ten'), weir(...push, '--revert-above', '0.1'), weir('rollback')])
    ).toEqual([
      expect.stringMatching(/^2 .*--canary: expected a number from 1 to 100, got 'ten'/),
      expect.stringMatching(/^2 .*--revert-above needs --canary PERCENT/),
      expect.stringMatching(/^2 .*rollback needs the NAME/)
    ])
  } finally {
    await stop()
  }
})
