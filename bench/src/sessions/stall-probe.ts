// Preloaded into a process: appends the longest turn of its event loop in each quarter of a second to
// STALL_DIRECTORY/PID, as JSON lines.
import { appendFileSync } from 'node:fs'
import { TurnWatch } from './turn-watch.ts'

const EVERY_MS = 250
const watch = new TurnWatch()
setInterval(() => {
  appendFileSync(
    `${process.env['STALL_DIRECTORY']!}/${process.pid}`,
    `${JSON.stringify({ at: Date.now(), ...watch.take() })}\n`
  )
}, EVERY_MS).unref()
