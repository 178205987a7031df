// node --no-node-snapshot examples/edge-load/main.ts [--users N] [--seconds N] [--picture FILE.svg] [--exit]: what each
// protection lets through, of a REST bridge that a load generator calls, and of pages inside and outside the protected
// name. Without --exit it stays for Locust and browsers.
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startBridge } from './bridge.ts'
import { startEdge } from './edge.ts'
import { outcomes, quantile, run, type Load } from './load.ts'
import { picture } from './picture.ts'
import { protections } from './protections.ts'
import { visit, type Visit } from './visit.ts'

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '4' },
    // 0: a few visits of each, to see who gets through.
    seconds: { type: 'string', default: '0' },
    picture: { type: 'string' },
    // What stays on while Locust and browsers come.
    protection: { type: 'string', default: 'none' },
    port: { type: 'string', default: '0' },
    exit: { type: 'boolean', default: false }
  }
})
const stays = protections.find(({ name }) => name === values.protection)
if (stays === undefined)
  throw new Error(
    `--protection: expected one of ${protections.map(({ name }) => name).join(', ')}; got '${values.protection}'`
  )
const seconds = Number(values.seconds)
const load: Load = seconds === 0
  ? { users: Number(values.users), seconds: 60, visits: 12 }
  : { users: Number(values.users), seconds }

const edge = await startEdge(Number(values.port))
const { mqtt: url, ca, inside, outside } = edge
const bridge = await startBridge({ url, ca })

/** Each source in turn. A page in a browser sends the Origin that it comes from; `test/browser` has real ones. */
const sources: Readonly<Record<string, (begunAt: number) => Promise<Visit>>> = {
  'bridge, called over REST': async () => await (await fetch(`${bridge.url}/hit`)).json() as Visit,
  'page inside': async begunAt => await visit({ url, ca, origin: inside }, begunAt),
  'page outside': async begunAt => await visit({ url, ca, origin: outside }, begunAt)
}

/** Times from the first visit on. */
const sinceFirst = (visits: readonly Visit[]): Visit[] => {
  const first = visits.reduce((least, { at }) => Math.min(least, at), Infinity)
  return visits.map(one => ({ ...one, at: one.at - first }))
}

console.log(
  `${'protection'.padEnd(18)} ${'who'.padEnd(26)} ${'per second'.padStart(10)} ${'p50 ms'.padStart(8)} ${
    'p99 ms'.padStart(8)
  }  outcomes`
)
const all: Visit[] = []
for (const protection of protections) {
  await protection.set(edge)
  for (const [who, source] of Object.entries(sources)) {
    const begun = performance.now()
    const visits = await run(load, source)
    const took = (performance.now() - begun) / 1000
    const offset = all.reduce((end, { at, ms }) => Math.max(end, at + ms), 0)
    all.push(
      ...visits.map((one, i) => ({
        ...one,
        at: offset + (who.startsWith('bridge') ? i * took * 1000 / visits.length : one.at)
      }))
    )
    console.log(
      `${protection.name.padEnd(18)} ${who.padEnd(26)} ${(visits.length / took).toFixed(0).padStart(10)} ${
        quantile(visits, 0.5).toFixed(1).padStart(8)
      } ${quantile(visits, 0.99).toFixed(1).padStart(8)}  ${outcomes(visits)}`
    )
  }
  await protection.unset(edge)
}
if (values.picture !== undefined)
  writeFileSync(
    values.picture,
    picture('Visits per second: none, then each protection; bridge, page inside, page outside', all)
  )

if (!values.exit) {
  await stays.set(edge)
  console.log(`\nprotection: ${stays.name}
locust --headless -f examples/edge-load/locustfile.py -H ${bridge.url} -u 50 -r 10 -t 30s
${inside}/?testers=5&mqtt=${encodeURIComponent(url)}
${outside}/?testers=5&mqtt=${encodeURIComponent(url)}
Ctrl+C ends it, and shows what came.`)
  const before = bridge.visits.length
  await once(process, 'SIGINT')
  const came = sinceFirst(bridge.visits.slice(before))
  if (came.length > 0)
    console.log(
      `${came.length} visits over the bridge: ${outcomes(came)}; p50 ${quantile(came, 0.5).toFixed(1)} ms, p99 ${
        quantile(came, 0.99).toFixed(1)
      } ms`
    )
  if (values.picture !== undefined && came.length > 0)
    writeFileSync(values.picture, picture(`Locust over the bridge, protection: ${stays.name}`, came))
}
bridge.close()
await edge.close()
