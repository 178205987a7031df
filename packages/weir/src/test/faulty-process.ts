// A process with a fault of its own in a timer, as its argument says.
import { logFaults } from '../faults.ts'
import { makeLog } from '../log.ts'

const log = makeLog('info', { pid: process.pid })
logFaults(log)
let beats = 0
setInterval(() => {
  if (++beats === 3) {
    log.info({}, 'still here')
    process.exit(0)
  }
  if (process.argv[2] === 'rejection') void Promise.reject(new Error('rejected in a timer'))
  else throw new Error('thrown in a timer')
}, 1)
