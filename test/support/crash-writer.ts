// Writes to a state directory until it is killed: `crash-writer.ts DIR`. Prints what it found, and each write when it
// is acknowledged.
import { createWeir, FileStorage } from '@weirlb/core'

const say = (line: string): void => { process.stdout.write(`${line}\n`) }
const weir = createWeir({ workers: 0, storage: new FileStorage(process.argv[2]!), log: { level: 'silent' } })
await weir.start()
/** Two entities that every write changes together. */
const found = ['first', 'last'].map(name => weir.services.get(name)?.value.comment ?? '0')
say(`found ${found.join(' ')} ${(await weir.revisions.list()).length}`)
if (weir.services.list().length === 0) {
  await weir.config.edit(draft => {
    for (let i = 0; i < 200; i++)
      draft.services.create({
        name: i === 0 ? 'first' : i === 199 ? 'last' : `s${i}`,
        address: '127.0.0.1',
        port: 1 + i,
        comment: '0'
      })
  })
}
for (let n = Number(found[0]) + 1;; n++) {
  await weir.config.edit(draft => {
    for (const name of ['first', 'last']) draft.services.patch(name, { comment: String(n) })
  })
  say(`wrote ${n}`)
}
