import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)

// A process of its own: V8 tells how a function is compiled with this flag only, and the compilers are the process's.
const program = `
  import { optimizingCompilers } from ${JSON.stringify(import.meta.resolve('./optimizing-compilers.ts'))}
  const add = (a, b) => a + b
  const OPTIMIZED = 1 << 4
  function compiled () {
    for (let i = 0; i < 1e5; i++) add(i, 1)
    return (%GetOptimizationStatus(add) & OPTIMIZED) !== 0
  }
  // An optimized caller would have a copy of it, and call it no more.
  %NeverOptimizeFunction(compiled)
  optimizingCompilers.off()
  for (let round = 0; round < 20; round++) if (compiled()) throw new Error('optimized while they are off')
  optimizingCompilers.on()
  const end = performance.now() + 60_000
  while (!compiled()) {
    if (performance.now() > end) throw new Error('not optimized while they are on')
    // A compiled function is taken over in a turn of its own.
    await new Promise(resolve => setImmediate(resolve))
  }
  console.log('optimized')
`

test('hot functions are optimized once they are on again', async () => {
  const { stdout } = await run(process.execPath, ['--allow-natives-syntax', '--input-type=module', '-e', program])
  expect(stdout).toBe('optimized\n')
})
