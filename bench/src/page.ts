import type { Result, Sample, ScenarioResult } from './result.ts'
import { median } from './statistics.ts'

const HAPROXY = 'HAProxy'
const FILTER = 'nginx + njs js_filter'
const DIRECT = 'direct'
const NONE = '–'

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, i) => i === 0 ? '---' : '--:'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')

const digits = (value: number): string => value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)

/** Median, and the range where there is one to tell. */
const spread = (numbers: readonly number[], text = digits): string => {
  const middle = text(median(numbers))
  return numbers.length === 1 ? middle : `${middle} (${text(Math.min(...numbers))}–${text(Math.max(...numbers))})`
}

const over = (result: ScenarioResult, name: string, value: (sample: Sample, round: Readonly<Record<string, Sample>>) => number | undefined): number[] => {
  const found: number[] = []
  for (const round of result.rounds) {
    const sample = round[name]
    const number = sample === undefined ? undefined : value(sample, round)
    if (number !== undefined) found.push(number)
  }
  return found
}

const cell = (numbers: readonly number[], text = digits): string => numbers.length === 0 ? NONE : spread(numbers, text)

/** Work per CPU second against another path of the same round. */
const against = (result: ScenarioResult, name: string, other: string): number[] => over(result, name, ({ cpuUs }, round) => {
  const theirs = round[other]?.cpuUs
  return cpuUs === undefined || theirs === undefined ? undefined : theirs / cpuUs
})

const ratio = (value: number): string => value.toFixed(2)
const thousand = (value: number): string => value >= 10_000 ? `${(value / 1000).toFixed(1)} k` : value.toFixed(0)

const scenarioSection = (result: ScenarioResult): string => {
  const names = [...new Set(result.rounds.flatMap(round => Object.keys(round)))]
  const rows = names.map(name => [
    name,
    cell(over(result, name, s => s.cpuUs)),
    cell(against(result, name, HAPROXY), ratio),
    cell(against(result, name, FILTER), ratio),
    cell(over(result, name, s => s.perSecond), thousand),
    name === DIRECT ? `${cell(over(result, name, s => s.p50))} in all` : cell(over(result, name, (s, round) => s.p50 - round[DIRECT]!.p50)),
    name === DIRECT ? `${cell(over(result, name, s => s.p99))} in all` : cell(over(result, name, (s, round) => s.p99 - round[DIRECT]!.p99)),
    cell(over(result, name, s => s.memoryKb === undefined ? undefined : s.memoryKb / 1024))
  ])
  const direct = (value: (sample: Sample) => number): number => median(over(result, DIRECT, value))
  const fastest = Math.max(...names.filter(name => name !== DIRECT).map(name => median(over(result, name, s => s.perSecond))))
  const moved = names.map(name => ({ name, moved: over(result, name, s => s.moved).reduce((a, b) => a + b, 0) })).filter(each => each.moved > 0)
  const lines = [
    `### ${result.id}: ${result.title}`,
    '',
    table(['path', `CPU µs per ${result.unit}`, 'work per CPU s, HAProxy = 1', 'js_filter = 1', `${result.unit}s/s`, 'added p50 ms', 'added p99 ms', 'memory MB'], rows),
    '',
    `The ends by themselves (direct): ${thousand(direct(s => s.perSecond))} ${result.unit}s/s; the load generator uses ${digits(direct(s => s.loadUs))} µs of CPU for each and the servers ${digits(direct(s => s.backendUs))}. The fastest proxy reaches ${(100 * fastest / direct(s => s.perSecond)).toFixed(0)} % of that.`
  ]
  if (result.unit === 'connect') {
    lines.push('', moved.length === 0
      ? 'Every client ID stayed on its server, on every path.'
      : `Connects that reached another server than the same client ID before: ${moved.map(each => `${each.name} ${each.moved}`).join(', ')}.`)
  }
  return lines.join('\n')
}

const idleSection = ({ idle }: Result): string => [
  `### S6: memory of idle connections, ${idle[0]!.connections} of them, plain TCP`,
  '',
  table(['path', 'KB per connection', 'MB without connections'], idle.map(each => [each.path, each.kbPerConnection.toFixed(1), (each.emptyKb / 1024).toFixed(1)])),
  '',
  'Growth of a fresh proxy from 500 connections on, after three seconds of rest, without a forced garbage collection.'
].join('\n')

/** How quiet the machine was, told by the path that no proxy stands in. Above a quarter the figures are rough, and the page says so. */
const noise = (result: Result): string => {
  const spreads = result.scenarios.filter(scenario => scenario.rounds.length > 1).map(scenario => {
    const rates = over(scenario, DIRECT, sample => sample.perSecond)
    return { id: scenario.id, share: Math.max(...rates) / Math.min(...rates) - 1 }
  })
  if (spreads.length === 0) return 'unknown: one round only'
  const worst = spreads.reduce((a, b) => a.share > b.share ? a : b)
  const words = `rounds of the direct path differ by up to ${(100 * worst.share).toFixed(0)} % (${worst.id})`
  return worst.share > 0.25 ? `**${words}: the machine was doing other work, so take differences of that size for none**` : words
}

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
      ['rounds', `${effort.rounds} of ${effort.seconds} s on every path in turn, each after ${effort.warmUpSeconds} s of warm-up`],
      ['noise', noise(result)]
    ]),
    '',
    '## How to read it',
    '',
    '- Load generator, servers and proxy share this machine and its loopback. All paths run in one run, in turn; a cell is the median of the rounds, with the least and the most in parentheses. Where they lie far apart, the machine was busy with something else.',
    '- **CPU µs** is the time that all processes and threads of the proxy spent (/proc/PID/stat) per unit of work. It depends less than round trips per second do on how fast the load generator is, but a proxy that finds fewer messages waiting each time it wakes pays more for each. Ratios are taken within each round: above 1 is more work per CPU second.',
    '- **Added latency** is that of a closed loop at full load, less that of the direct path in the same round. It says how long the queue is, more than how long the way is.',
    '- **Memory** is the proportional set size of all its processes at the end of a round, connections open. Weir counts twice there: a control process with the REST API, and a worker.',
    '- HAProxy runs one thread, nginx one worker, Weir one worker. Weir is `weir serve --workers 1 --log-level warn`, configured over REST. Inspected: every message of both directions enters the sandbox, up to its first 1,024 bytes; `js_filter` is given every byte.',
    '- The plain proxy forwards to one server and knows no protocol: the floor of what Node\'s public sockets cost.',
    '',
    '## Results',
    '',
    ...result.scenarios.flatMap(scenario => [scenarioSection(scenario), '']),
    ...(result.idle.length === 0 ? [] : [idleSection(result), '']),
    '## What is not measured',
    '',
    ...missing.map(path => `- ${path.name}: ${path.missing!}.`),
    ...result.failures.map(failure => `- ${failure.scenario}, ${failure.path}, from the round on in which it broke: ${failure.why}.`),
    '- TLS, latency at half load, several workers, and how cost grows with connections and configuration have no scenario yet.',
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
    'A profile of Weir in one scenario: `NODE_OPTIONS="--cpu-prof --cpu-prof-dir=profiles" npm run bench -- --only S1-50 --path "Weir, tunnelled"`, then open the largest file in a profile viewer.',
    ''
  ].join('\n')
}
