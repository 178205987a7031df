import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { startedWithoutSnapshot } from './snapshot-flag.ts'

test('the flag counts on the command line and in NODE_OPTIONS', () => {
  expect(startedWithoutSnapshot(['--no-node-snapshot'], undefined)).toBe(true)
  expect(startedWithoutSnapshot([], '--max-old-space-size=99  --no-node-snapshot')).toBe(true)
  expect(startedWithoutSnapshot(['--inspect'], '')).toBe(false)
})

test('a process without it is told what to do', () => {
  const index = fileURLToPath(new URL('./index.ts', import.meta.url))
  const program = `import { createRuntime } from ${
    JSON.stringify(index)
  }; try { createRuntime() } catch (e) { console.log(e.code, e.message) }`
  const { NODE_OPTIONS: _, ...env } = process.env
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { env, encoding: 'utf8' })
  expect(stdout).toMatch(/^runtime-unavailable .*--no-node-snapshot/)
})
