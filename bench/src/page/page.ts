import { DIRECT } from '../paths/names.ts'
import type { Result, TimedReport } from '../result.ts'
import { goalsTable } from './goals.ts'
import { table } from './markdown.ts'
import { over } from './over-rounds.ts'
import { section } from './sections.ts'

/** How quiet the machine was, told by the path that no proxy stands in. Above a quarter the figures are rough, and the page says so. */
const noise = (result: Result): string => {
  // Those with a pace of their own differ by nothing.
  const closed = result.reports.filter((report): report is TimedReport => report.kind === 'timed' && report.pace === undefined && report.unit !== 'message' && report.rounds.length > 1)
  const spreads = closed.flatMap(report => report.rows.filter(row => row.path === DIRECT).map(row => {
    const rates = over(report, row, sample => sample.perSecond)
    return { id: report.id, share: Math.max(...rates) / Math.min(...rates) - 1 }
  }))
  if (spreads.length === 0) return 'unknown: one round only'
  const worst = spreads.reduce((a, b) => a.share > b.share ? a : b)
  const words = `rounds of the direct path differ by up to ${(100 * worst.share).toFixed(0)} % (${worst.id})`
  return worst.share > 0.25 ? `**${words}: the machine was doing other work, so take differences of that size for none**` : words
}

/** The tables of every scenario. */
export const results = (result: Result): string => result.reports.map(section).join('\n\n')

/** docs/benchmarks.md of a run. */
export const page = (result: Result): string => {
  const { machine, effort } = result
  const missing = result.paths.filter(path => path.missing !== undefined)
  return [
    '# Benchmarks',
    '',
    '<!-- Written by bench/src/main.ts. Do not edit: run it again. -->',
    '',
    `Measured ${result.date}, at commit ${result.commit}, with \`${result.command}\`.`,
    '',
    table(['', ''], [
      ['machine', `${machine.cores} cores of ${machine.cpu}, ${machine.memoryGb.toFixed(0)} GB, Linux ${machine.kernel}`],
      ['programs', [...new Set(result.paths.filter(path => path.missing === undefined && path.version !== '').map(path => path.version))].join(', ')],
      ['rounds', `${effort.rounds} of ${effort.seconds} s on every path in turn, each after ${effort.warmUpSeconds} s of warm-up; connects (S4, S5) after a round that does not count`],
      ['noise', noise(result)]
    ]),
    '',
    '## How to read it',
    '',
    '- Load generator, servers and proxy share this machine and its loopback. All paths run in one run, in turn; a cell is the median of the rounds, with the least and the most in parentheses. Where they lie far apart, the machine was busy with something else.',
    '- **CPU µs** is the time that all processes and threads of the proxy spent (/proc/PID/stat) per unit of work. It depends less than round trips per second do on how fast the load generator is, but a proxy that finds fewer messages waiting each time it wakes pays more for each. Ratios are taken within each round: above 1 is more work per CPU second.',
    '- **Added latency** is that of a closed loop at full load, less that of the direct path in the same round: it says how long the queue is, more than how long the way is. S7 is the one that says how long the way is.',
    '- **Memory** is the proportional set size of all its processes at the end of a round, connections open. Weir counts twice there: a control process with the REST API, and a worker.',
    '- HAProxy runs one thread, nginx one worker, Weir one worker, but for S10. Weir is `weir serve --workers 1 --log-level warn`, configured over REST. Inspected: every message of both directions enters the sandbox, up to its first 1,024 bytes; `js_filter` is given every byte.',
    '- The plain proxy forwards everything to one server and knows no protocol: the floor of what Node\'s public sockets cost.',
    '',
    '## Goals',
    '',
    goalsTable(result),
    '',
    '## Results',
    '',
    results(result),
    '',
    '## What is not measured',
    '',
    ...missing.map(path => `- ${path.name}: ${path.missing!}.`),
    ...result.failures.map(failure => `- ${failure.scenario}, ${failure.path}, from the round on in which it broke: ${failure.why}.`),
    '- Other machines: loopback has no wire, and two cores have no room for two workers beside the ends.',
    '',
    '## Repeat it',
    '',
    '```',
    'apt-get install haproxy nginx libnginx-mod-stream libnginx-mod-stream-js   # what is not there is left out',
    'npm run setup',
    'npm run bench              # all of it; writes this page and bench/results/',
    'npm run bench -- --quick   # within two minutes; writes bench/results/ only',
    '```',
    '',
    'Profiles: `npm run bench -- --profile S1`, S4 or S8; [bench/README.md](../bench/README.md) says more.',
    ''
  ].join('\n')
}
