// As crash-writer.ts, of the storage alone: it starts in a quarter of the time.
import { parseConfig } from '@weirlb/model'
import { FileStorage } from '../../packages/weir/src/storage/file.ts'

const say = (line: string): void => { process.stdout.write(`${line}\n`) }
const storage = new FileStorage(process.argv[2]!)
await storage.open()
const saved = await storage.load()
/** Two entities that every write changes together. */
const found = ['first', 'last'].map(name =>
  saved?.config.services.find(service => service.name === name)?.comment ?? '0'
)
say(`found ${found.join(' ')} ${(await storage.revisions()).length}`)
for (let n = Number(found[0]) + 1;; n++) {
  const services = Array.from(
    { length: 200 },
    (_, i) => ({
      name: i === 0 ? 'first' : i === 199 ? 'last' : `s${i}`,
      address: '127.0.0.1',
      port: 1 + i,
      comment: String(n)
    })
  )
  await storage.save({ revision: n, savedAt: new Date().toISOString(), config: parseConfig({ services }) })
  say(`wrote ${n}`)
}
