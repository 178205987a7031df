// One process with a session table and what keeps it, as the control process has them: `fill` or `read` it, and do what
// may be done to all of it at once.
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import { parseConfig } from '@weirlb/model'
import { Events } from '../../../packages/weir/src/events.ts'
import { makeLog } from '../../../packages/weir/src/log.ts'
import { SessionBook } from '../../../packages/weir/src/sessions/session-book.ts'
import { SessionKeeper } from '../../../packages/weir/src/sessions/session-keeper.ts'
import { FileStorage } from '../../../packages/weir/src/storage/file.ts'
import { keyOf, LB, services, type BookReport } from './entries.ts'
import { TurnWatch, type LongestTurn } from './turn-watch.ts'

const [mode, directory, given] = process.argv.slice(2)
const entries = Number(given)
/** Claims in one turn of the event loop: what one message of a busy worker has. */
const BURST = 200
const WORKER = 1
const TIMEOUT_SECONDS = 3600

const { lbVservers } = parseConfig({
  services: services.map(name => ({ name, address: '127.0.0.1', port: 1883 })),
  lbVservers: [{
    name: LB,
    persistence: { type: 'user-session', timeoutSeconds: TIMEOUT_SECONDS },
    services: services.map(name => ({ name }))
  }]
})
const log = makeLog('warn', {})
const storage = new FileStorage(directory!)
let later = 0
const book = new SessionBook({ now: () => performance.now() + later })
const keeper = new SessionKeeper(book, storage.sessions, log, new Events(log))

const watch = new TurnWatch()
const turns: Record<string, LongestTurn> = {}
const phase = async (name: string, run: () => Promise<unknown>): Promise<void> => {
  watch.take()
  await run()
  // The last turn counts too.
  await wait(10)
  turns[name] = watch.take()
}
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
const memory = (): number => {
  gc!()
  return process.memoryUsage.rss()
}
const claim = (i: number): void => {
  book.claim({ lbVserver: LB, key: keyOf(i), proposal: services[i % services.length]!, unavailable: [] }, WORKER)
}

await storage.open()
let before = memory()
let began = performance.now()
let beganCpu = cpuMs()
await phase('reading', () => keeper.restore())
keeper.listen()
book.configure(lbVservers)
keeper.start()
if (mode === 'fill') {
  // With compiled code, and the memory that it takes.
  for (let i = 0; i < 20_000; i++) claim(i)
  book.delete({})
  await wait(2000)
  before = memory()
  began = performance.now()
  beganCpu = cpuMs()
  await phase('filling, with the log and its snapshots', async () => {
    for (let i = 0; i < entries; i++) {
      claim(i)
      if (i % BURST === 0) await turn()
    }
  })
}
const beganMs = performance.now() - began
const beganCpuMs = cpuMs() - beganCpu
if (mode === 'read') {
  await phase('a snapshot of all, with 2,000 claims a second beside it', async () => {
    for (let i = 0; storage.sessions.wantsSnapshot; i++) {
      for (let n = 0; n < 20; n++) claim((i * 20 + n) % entries)
      await wait(10)
    }
  })
}
await wait(2000)
const bytesPerEntry = (memory() - before) / entries
if (mode === 'fill') {
  await phase('the worker dies that holds all of them', async () => {
    book.releaseAll(WORKER)
    while (book.holdsAny) await wait(20)
  })
  // What it changed is in the log too. A process that runs on writes a snapshot of it, and that is what a start finds.
  await wait(1000)
  while (storage.sessions.wantsSnapshot) await wait(20)
}
if (mode === 'read') {
  await phase('all of them expire at once', async () => {
    book.releaseAll(WORKER)
    later = TIMEOUT_SECONDS * 1000 + 1
    while (book.size > 0) await wait(20)
  })
}
await keeper.stop()
await storage.close()
process.stdout.write(JSON.stringify({ beganMs, beganCpuMs, bytesPerEntry, turns } satisfies BookReport))
