// npm run example changes: a program changes the configuration of the Weir that it runs.
import { createWeir } from 'weirlb'

const weir = createWeir({ log: { level: 'error' } })
await weir.start()

// #region changes
// One entity at a time: what is left out has its default.
await weir.services.create({ name: 'red', address: '127.0.0.1', port: 1883, monitors: [] })
await weir.lbVservers.create({ name: 'brokers', services: [{ name: 'red' }] })

// Many at a time are one revision: all of them, or none.
await weir.config.edit(draft => {
  draft.services.create({ name: 'blue', address: '127.0.0.1', port: 1884, monitors: [] })
  draft.lbVservers.patch('brokers', { services: [{ name: 'red' }, { name: 'blue', weight: 2 }] })
})

// Only if nobody changed it meanwhile.
const { value, etag } = weir.services.require('red')
await weir.services.patch('red', { maxClients: value.maxClients + 1000 }, { ifMatch: etag })
await weir.services.patch('red', { comment: 'too late' }, { ifMatch: etag }).catch(
  (error: Error & { code: string }) => {
    console.log(error.code)
  }
)

// No more clients for one of them; those that it has are told to go, a hundred a second.
const job = await weir.services.drain('red', { ratePerSecond: 100 })
console.log(`${job.id} is ${job.state}`)
for (const { name, status } of await weir.services.statuses()) console.log(`${name} is ${status.value}`)
// #endregion

console.log(weir.lbVservers.require('brokers').value.services.map(({ name, weight }) => `${name} ${weight}`).join(', '))
await weir.stop()
