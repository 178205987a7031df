import { afterAll } from 'vitest'
import { atEnd } from './engine-bench.ts'
import { WeirProcess, type WeirProcessOptions } from './weir-process.ts'

type SharedOptions = Pick<WeirProcessOptions, 'workers' | 'transport'>

const running: WeirProcess[] = []
/** Those that no test uses at present, by their options. */
const idle = new Map<string, WeirProcess[]>()
afterAll(async () => { await Promise.all(running.map(async weir => await weir.stop())) })

/**
 * Returns a `weir serve` with an empty configuration, until the test ends. Tests of a file that want the same get one
 * process, one after the other: a start takes a second of CPU. For tests that neither end it nor count its workers.
 */
export const sharedWeir = async ({ workers, transport }: SharedOptions): Promise<WeirProcess> => {
  const key = `${workers} ${transport ?? ''}`
  const weirs = idle.get(key) ?? []
  idle.set(key, weirs)
  const weir = weirs.pop() ?? await start({ workers, ...(transport === undefined ? {} : { transport }) })
  atEnd(async () => {
    await weir.clear()
    weirs.push(weir)
  })
  return weir
}

const start = async (options: SharedOptions): Promise<WeirProcess> => {
  const weir = await WeirProcess.start(options)
  running.push(weir)
  return weir
}
