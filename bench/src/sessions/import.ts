// How fast a running Weir takes persistence entries over REST, and gives them back.
//   node bench/src/sessions/import.ts [--entries N] [--batch N] [--workers N]
// It only counts: prints entries per second, and the CPU time of all processes of Weir, of imports, of one request
// after the other for single entries, and of the export, with the longest answer of the health check meanwhile.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { WeirProcess } from '../../../test/support/weir-process.ts'
import { cpuUs, treeOf } from '../process-tree.ts'
import { keyOf, LB, services } from './entries.ts'

const { values } = parseArgs({
  options: {
    entries: { type: 'string', default: '100000' },
    batch: { type: 'string', default: '20000' },
    workers: { type: 'string', default: '1' }
  }
})
const [entries, batch, workers] = [values.entries, values.batch, values.workers].map(Number) as [number, number, number]
/** Single entries, each in a request of its own. */
const SINGLE = 500

const entry = (i: number): { lbVserver: string, key: string, service: string } => ({
  lbVserver: LB,
  key: keyOf(i),
  service: services[i % services.length]!
})
const state = await mkdtemp(join(tmpdir(), 'weir-import-'))
const weir = await WeirProcess.start({ workers, state, logLevel: 'warn' })
let longest = 0
let over = false
const watched = (async () => {
  while (!over) {
    const asked = performance.now()
    await weir.api.call('getHealth')
    longest = Math.max(longest, performance.now() - asked)
  }
})()
const rate = async (what: string, count: number, run: () => Promise<unknown>): Promise<void> => {
  longest = 0
  const cpu = cpuUs(treeOf(weir.pid))
  const began = performance.now()
  await run()
  const seconds = (performance.now() - began) / 1000
  console.log(
    `${what}: ${Math.round(count / seconds)} entries/s, ${count} in ${seconds.toFixed(2)} s, ${
      ((cpuUs(treeOf(weir.pid)) - cpu) / count).toFixed(1)
    } µs of CPU each; longest answer of the health check ${longest.toFixed(0)} ms`
  )
}
try {
  await weir.api.call('replaceConfig', {
    body: {
      services: services.map(name => ({ name, address: '127.0.0.1', port: 1883 })),
      lbVservers: [{
        name: LB,
        persistence: { type: 'user-session', timeoutSeconds: 3600 },
        services: services.map(name => ({ name }))
      }]
    }
  })
  for (const again of ['new', 'present']) {
    await rate(`import of ${again} entries, ${batch} a request, ${workers} worker(s)`, entries, async () => {
      for (let at = 0; at < entries; at += batch)
        await weir.api.call('importSessions', {
          body: Array.from({ length: Math.min(batch, entries - at) }, (_, i) => entry(at + i))
        })
    })
  }
  await rate('one entry a request', SINGLE, async () => {
    for (let i = 0; i < SINGLE; i++) await weir.api.call('setSession', { body: entry(i) })
  })
  let exported = 0
  await rate('export', entries, async () => { exported = (await weir.api.call('exportSessions')).body.length })
  if (exported !== entries) throw new Error(`${exported} entries came back, not ${entries}`)
} finally {
  over = true
  await watched.catch(() => {})
  await weir.stop()
  await rm(state, { recursive: true })
}
