// What the tests have started ends: after a test that ran out of time, and when the run itself is ended.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { describeWithRedis } from '../support/describe-with.ts'
import { leftProcesses } from '../support/left-processes.ts'
import { Redis } from '../support/redis.ts'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const config = at('fixtures/vitest.config.ts')

/** Run a program of Node whose tests are a run of their own. */
const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      NO_COLOR: '1',
      WEIR_TEST_TIMEOUT_SCALE: '0.2',
      WEIR_TEST_PARENT: String(process.pid),
      ...env
    }
  })
  return {
    child,
    said: Promise.all([text(child.stdout), text(child.stderr)]).then(both => both.join('')),
    ended: once(child, 'exit')
  }
}

test('a test that runs out of time fails with the list of what it left, which is ended', async () => {
  const { said, ended } = run([at('../../node_modules/vitest/vitest.mjs'), 'run', '--config', config], {
    WEIR_TEST_RUN: 'times-out'
  })
  expect(await ended).toEqual([1, null])
  const report = await said
  expect(report).toContain('Test timed out in 500ms')
  expect(report).toContain('processes that this file has left behind')
  expect(report).toContain('weir-test-child')
  expect(report).toContain('weir-test-grandchild')
  expect(leftProcesses('WEIR_TEST_RUN', 'times-out')).toEqual([])
})

test('npm test that is told to end ends all that it has started', async () => {
  const { child, said, ended } = run([at('../../scripts/test.ts'), '--config', config, '--testTimeout', '600000'])
  const mine = (): string[] => leftProcesses('WEIR_TEST_PARENT', String(process.pid)).map(({ command }) => command)
  await until(
    () => mine().some(command => command.endsWith('weir-test-grandchild')),
    'the test to have started its processes'
  )
  child.kill('SIGTERM')
  await ended
  expect(mine()).toEqual([])
  expect(await said).toMatch(/ended what the tests have left behind: \d+ .*weir-test-grandchild/)
})

describeWithRedis('a Redis server', program => {
  test('keeps the mark by which it is found', async () => {
    const redis = await Redis.start(program)
    const run = process.env['WEIR_TEST_RUN']!
    expect(leftProcesses('WEIR_TEST_RUN', run).some(({ command }) => command.includes(`--port ${redis.port}`))).toBe(
      true
    )
    await redis.kill()
  })
})
