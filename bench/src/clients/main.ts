// npm run clients: what MQTT clients do when a server refuses or closes them; writes docs/reference/mqtt-clients.md.
// npm run clients -- --client mqtt.js --version 5: the table of one client or version, printed.
import { rmSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { root } from '../run-info.ts'
import { clientsIn, newFolder } from './all.ts'
import { page, type Measured } from './page.ts'
import { phases, type PhaseName } from './stimuli.ts'
import { trial, type Subject } from './trial.ts'

/** Clients at work at once: nearly all of their time is waiting. */
const AT_ONCE = 20

const { values } = parseArgs({ options: { client: { type: 'string', multiple: true }, version: { type: 'string' } } })
const whole = values.client === undefined && values.version === undefined
const folder = newFolder()
const clients = clientsIn(folder)
const chosen = clients.filter(client => values.client?.includes(client.name) ?? true)
if (chosen.length === 0)
  throw new Error(`client '${values.client?.join(', ')}'; there are: ${clients.map(client => client.name).join('; ')}`)
const versions = ([4, 5] as const).filter(version => values.version === undefined || values.version === String(version))
if (versions.length === 0) throw new Error(`version '${values.version}'; there are: 4 (MQTT 3.1.1), 5`)

const jobs: Subject[] = []
for (const version of versions) {
  for (const phase of Object.keys(phases) as PhaseName[]) {
    for (const stimulus of phases[phase].stimuli(version)) {
      for (const client of chosen) if (client.missing === undefined) jobs.push({ client, version, phase, stimulus })
    }
  }
}

const measured: Measured[] = []
let next = 0
const work = async (): Promise<void> => {
  for (;;) {
    const job = jobs[next++]
    if (job === undefined) return
    measured.push({ ...job, outcome: await trial(job, folder) })
    if (measured.length % 20 === 0) console.error(`${measured.length} of ${jobs.length}`)
  }
}
try {
  await Promise.all(Array.from({ length: AT_ONCE }, work))
} finally {
  rmSync(folder, { recursive: true })
}
// In the order in which they began, whatever they took.
const order = (one: Measured): number =>
  jobs.findIndex(job =>
    job.client === one.client && job.version === one.version && job.phase === one.phase && job.stimulus === one.stimulus
  )
measured.sort((a, b) => order(a) - order(b))
const text = page(measured, chosen, new Date().toISOString().slice(0, 10))
if (whole) writeFileSync(`${root}docs/reference/mqtt-clients.md`, text)
else console.log(text)
