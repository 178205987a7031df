import { DIRECT } from '../paths/names.ts'
import type { Result, TimedReport } from '../result.ts'
import { goalsTable } from './goals.ts'
import { table } from './markdown.ts'
import { over } from './over-rounds.ts'
import { section } from './sections.ts'

/**
 * How quiet the machine was, told by the path that no proxy stands in. Above a quarter the figures are rough, and the
 * page says so.
 */
const noise = (result: Result): string => {
  // Those with a pace of their own differ by nothing.
  const closed = result.reports.filter((report): report is TimedReport =>
    report.kind === 'timed' && report.paces === undefined && report.unit !== 'message' && report.rounds.length > 1
  )
  const spreads = closed.flatMap(report =>
    report.rows.filter(row => row.path === DIRECT).map(row => {
      const rates = over(report, row, sample => sample.perSecond)
      return { id: report.id, share: Math.max(...rates) / Math.min(...rates) - 1 }
    })
  )
  if (spreads.length === 0) return 'unknown: one round only'
  const worst = spreads.reduce((a, b) => a.share > b.share ? a : b)
  const words = `rounds of the direct path differ by up to ${(100 * worst.share).toFixed(0)} % (${worst.id})`
  return worst.share > 0.25
    ? `**${words}: the machine was doing other work, so differences of that size mean nothing**`
    : words
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
      [
        'machine',
        `${machine.cores} cores of ${machine.cpu}, ${machine.memoryGb.toFixed(0)} GB, Linux ${machine.kernel}`
      ],
      [
        'programs',
        [
          ...new Set(
            result.paths.filter(path => path.missing === undefined && path.version !== '').map(path => path.version)
          )
        ].join(', ')
      ],
      [
        'rounds',
        `${effort.rounds} of ${effort.seconds} s on every path in turn, each after ${effort.warmUpSeconds} s of warm-up; connects (S4, S5, S14), requests (S15) and commands (S17) after one uncounted round`
      ],
      ['noise', noise(result)]
    ]),
    '',
    '## Reading the tables',
    '',
    '- Load generator, servers and proxy share this machine and its loopback. All paths run in turn within one run. A cell is',
    '  the median of the rounds, with minimum and maximum in parentheses. A wide range means that the machine was busy',
    '  with other work.',
    '- **CPU µs** is the CPU time of all processes and threads of the proxy (/proc/PID/task) per unit of work. It depends',
    '  less on the load generator\'s speed than round trips per second do. But a proxy that finds fewer messages at each',
    '  wake-up pays more for each. Ratios are taken within each round: above 1 is more work per CPU second.',
    '- **Added latency** is that of a closed loop at full load, minus the direct path\'s in the same round. It measures the',
    '  length of the queue more than the path itself. S7 measures the path, at rates below the full load.',
    '- **Memory** is the proportional set size of all the proxy\'s processes at the end of a round, with connections open.',
    '  Weir has two: a control process with the REST API, and a worker.',
    '- HAProxy runs one thread, nginx one worker, Weir one worker, except in S10. Weir is `weir serve --workers 1 --log-level',
    '  warn`, configured over REST. Inspected means that every message of both directions enters the sandbox, up to its first',
    '  1,024 bytes. `js_filter` receives every byte.',
    '- In WebSockets (S13, S14), Weir reads MQTT and balances by client ID; its servers speak MQTT on TCP. HAProxy, nginx and',
    '  the plain proxy pass the frames on to servers of WebSockets, and read no client ID. HTTP requests (S15) enter no sandbox.',
    '- Of Redis (S17), tunnelled means that declared keys place the commands: only commands that none is declared for would\n  enter the sandbox. Inspected, all of them do. twemproxy has one connection to each server for all clients,\n  and so has Weir with shared links.',
    '- The plain proxy forwards everything to one server and knows no protocol. It shows the minimum cost of Node\'s public',
    '  sockets.',
    '',
    '## Goals',
    '',
    goalsTable(result),
    '',
    '## Results',
    '',
    results(result),
    '',
    '## Not measured',
    '',
    ...missing.map(path => `- ${path.name}: ${path.missing!}.`),
    ...result.failures.map(failure =>
      `- ${failure.scenario}, ${failure.path}, from the round on in which it broke: ${failure.why}.`
    ),
    '- Other machines: loopback has no wire, and two cores cannot fit two workers beside load generator and servers.',
    '',
    '## Repeating the run',
    '',
    '```',
    'apt-get install haproxy nginx libnginx-mod-stream libnginx-mod-stream-js nutcracker   # missing programs are skipped',
    'npm run setup',
    'npm run bench              # all of it; writes this page and bench/results/',
    'npm run bench -- --quick   # within two minutes; writes bench/results/ only',
    '```',
    '',
    '`npm run bench -- --profile S1`, or another scenario, writes a profile; [bench/README.md](../bench/README.md) has the details.',
    ''
  ].join('\n')
}
