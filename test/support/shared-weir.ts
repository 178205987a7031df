import { atEnd, atEndOfFile } from './at-end.ts'
import { WeirProcess, type WeirProcessOptions } from './weir-process.ts'

type SharedOptions = Pick<WeirProcessOptions, 'workers' | 'transport'>

/** Those that no test uses at present, by their options. */
const idle = new Map<string, WeirProcess[]>()

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
  atEndOfFile(async () => {
    idle.clear()
    await weir.stop()
  })
  return weir
}
