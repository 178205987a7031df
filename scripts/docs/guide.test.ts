// The guides' commands, run as they stand.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TIME_SCALE } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { describeWithMosquitto } from '../../test/support/describe-with.ts'
import { commandBlocks } from './command-blocks.ts'
import { runBlocks } from './run-blocks.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** The README's `Run it` comes first: getting started goes on where it ends. */
const guides = [
  '../../README.md',
  'getting-started.md',
  'mqtt-client-certificates.md',
  'operating.md',
  'persistence.md',
  'writing-an-extension.md',
  'replacing-an-extension.md',
  'explain-and-trace.md'
]
const blocks = guides.flatMap(guide => commandBlocks(readFileSync(join(root, 'docs/guide', guide), 'utf8')))

describeWithMosquitto('the commands of the guides', mosquitto => {
  test('work, and answer what the guides say', async () => {
    const { code, error, outputs } = await runBlocks(blocks, { programs: [mosquitto] })
    expect(error).toBe('')
    expect(code).toBe(0)
    for (const [n, { output }] of blocks.entries()) if (output !== undefined) expect(outputs[n]).toBe(output.trimEnd())
    // The whole shell, on whatever machine this is.
  }, 120_000 * TIME_SCALE)
})
