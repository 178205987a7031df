import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const program = fileURLToPath(new URL('./test/faulty-process.ts', import.meta.url))

test.each([
  ['rejection', 0, ['rejected in a timer', 'rejected in a timer', 'still here']],
  ['exception', 1, ['thrown in a timer']]
])(
  'after a %s that nobody handles the process ends with %i, and each fault is in the log',
  async (kind, status, said) => {
    const child = spawn(process.execPath, [program, kind], { stdio: ['ignore', 'ignore', 'pipe'] })
    const [log, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    expect(code).toBe(status)
    const lines = log.trim().split('\n').map(line => JSON.parse(line) as { level: number, msg: string, error?: string })
    expect(lines.map(({ error, msg }) => error?.replace('Error: ', '').split('\n')[0] ?? msg)).toEqual(said)
    expect(lines[0]).toMatchObject({ level: 50, error: expect.stringContaining('faulty-process.ts') as string })
  }
)
