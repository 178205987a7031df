import { execFile } from 'node:child_process'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { usable } from './test/fresh-loop.ts'

const child = fileURLToPath(new URL('./test/refused-child.ts', import.meta.url))

describe.skipIf(process.platform !== 'linux')('where io_uring cannot be had, that is said', () => {
  const said = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)(process.execPath, [child, ...args])).stdout.trim()

  test.skipIf(!usable)('forbidden, as in many containers', async () => {
    expect(await said('errno', String(constants.errno.EPERM))).toMatch(
      /^io_uring_setup EPERM: .*; forbidden by a container/
    )
    expect(await said('errno', String(constants.errno.ENOSYS))).toMatch(
      /^io_uring_setup ENOSYS: .*; this kernel has none/
    )
  })

  test.skipIf(!usable)('refused for want of memory that may be locked', async () => {
    expect(await said('errno', String(constants.errno.ENOMEM))).toMatch(
      /^io_uring_setup ENOMEM: .*; over the limit of locked memory/
    )
  })

  test('koffi is not installed', async () => {
    expect(await said('no-koffi')).toBe("koffi cannot be loaded: Cannot find module 'koffi'")
  })
})
