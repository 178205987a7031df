// The load generator, told by its parent what to do (order.ts). Says { started } when the measured part begins, and
// then the outcome.
import { commands } from './load/commands.ts'
import { connects } from './load/connects.ts'
import { dropIdle, openIdle } from './load/idle.ts'
import { messages } from './load/messages.ts'
import { paced } from './load/paced.ts'
import { requests } from './load/requests.ts'
import { syslog } from './load/syslog.ts'
import type { Order, OrderOf } from './order.ts'

const loads: { readonly [K in Order['kind']]: (order: OrderOf<K>) => object | Promise<object> } = {
  messages,
  paced,
  connects,
  requests,
  commands,
  syslog,
  idle: openIdle,
  drop: dropIdle
}

const obey = async (order: Order): Promise<object> =>
  await (loads[order.kind] as (order: Order) => object | Promise<object>)(order)
const fail = (error: Error): void => {
  process.send!({ failed: `load generator: ${error.message}` })
}

process.on('message', (order: Order) => {
  obey(order).then(said => process.send!(said), fail)
})
process.on('uncaughtException', fail)
process.on('disconnect', () => process.exit())
process.send!({ ready: true })
