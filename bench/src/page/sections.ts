import { DIRECT, FILTER, HAPROXY } from '../paths/names.ts'
import type { ConfigReport, IdleReport, Report, Sample, TimedReport } from '../result.ts'
import { median, uncertainty } from '../statistics.ts'
import { cell, digits, filledTable, NONE, percent, ratio, thousand } from './markdown.ts'
import { added, over, workAgainst } from './over-rounds.ts'

const timedRows = (report: TimedReport): string[][] => report.rows.map(row => {
  const latency = (of: (sample: Sample) => number | undefined): string => {
    if (row.path !== DIRECT) return cell(added(report, row, of))
    const all = over(report, row, of)
    return all.length === 0 ? NONE : `${cell(all)} in all`
  }
  return [
    row.name,
    cell(over(report, row, s => s.cpuUs)),
    cell(workAgainst(report, row, report.beside ?? HAPROXY), ratio),
    cell(workAgainst(report, row, FILTER), ratio),
    cell(over(report, row, s => s.perSecond), thousand),
    latency(s => s.p50),
    latency(s => s.p99),
    report.paces === undefined ? NONE : latency(s => s.p999),
    cell(over(report, row, s => s.machineUs)),
    cell(over(report, row, s => s.memoryKb === undefined ? undefined : s.memoryKb / 1024))
  ]
})

/** What the ends reach by themselves, so that it shows whether they or the proxies were measured. */
const endsLine = (report: TimedReport): string[] => {
  const direct = report.rows.find(row => row.path === DIRECT)
  if (direct === undefined || over(report, direct, s => s.perSecond).length === 0) return []
  const rate = median(over(report, direct, s => s.perSecond))
  const [loadUs, backendUs] = [
    median(over(report, direct, s => s.loadUs)),
    median(over(report, direct, s => s.backendUs))
  ]
  const words = `Without a proxy (${direct.name}): ${thousand(rate)} ${report.unit}s/s. Each takes the load generator ${
    digits(loadUs)
  } µs of CPU\n(${percent(rate * loadUs / 1e6)} of a core) and the servers ${digits(backendUs)}.`
  if (report.paces !== undefined || report.unit === 'message') return ['', words]
  const fastest = Math.max(
    ...report.rows.filter(row => row.path !== DIRECT && (direct.variant === '' || row.variant === direct.variant)).map(
      row => Math.max(0, ...over(report, row, s => s.perSecond))
    )
  )
  return ['', `${words} The fastest proxy reaches ${(100 * fastest / rate).toFixed(0)} % of that.`]
}

const shareLine = (report: TimedReport, words: string, of: 'resumed' | 'lost'): string => {
  const shares = report.rows.map(row => ({ row, shares: over(report, row, s => s[of]) })).filter(each =>
    each.shares.length > 0
  )
    .map(({ row, shares }) => ({ name: row.name, share: percent(median(shares)) }))
  const [first] = shares
  if (first !== undefined && shares.every(({ share }) => share === first.share))
    return `${words}: ${first.share} on every path.`
  return `${words}: ${shares.map(({ name, share }) => `${name} ${share}`).join(', ')}.`
}

/** What matters for one unit alone. */
const remarks: Readonly<Record<string, (report: TimedReport) => string[]>> = {
  connect (report) {
    const moved = report.rows.map(row => ({ row, moved: over(report, row, s => s.moved).reduce((a, b) => a + b, 0) }))
      .filter(each => each.moved > 0)
    const lines = [
      moved.length === 0
        ? 'Every client ID stayed on its server, on every path.'
        : `Connects that reached another server than the same client ID before: ${
          moved.map(each => `${each.row.name} ${each.moved}`).join(', ')
        }.`
    ]
    if (report.id.startsWith('S5')) lines.push(shareLine(report, 'TLS sessions resumed', 'resumed'))
    return lines
  },
  message: report => [shareLine(report, 'Sent but not received', 'lost')]
}

/** What the kernel's workers took of the proxies' CPU, where there were any. */
const ringLine = (report: TimedReport): string[] => {
  const used = report.rows.map(row => ({ row, us: over(report, row, s => s.ringUs) })).filter(({ us }) =>
    us.some(each => each > 0)
  )
  return used.length === 0
    ? []
    : [
      '',
      `Of the CPU, workers of the kernel's io_uring: ${
        used.map(({ row, us }) => `${row.name} ${cell(us)} µs`).join(', ')
      }.`
    ]
}

/** The rows whose ratio of work the rounds have not made certain. */
const uncertainLine = (report: TimedReport): string[] => {
  const rough = report.rows.map(row => ({ row, off: uncertainty(workAgainst(report, row, report.beside ?? HAPROXY)) })).filter((
    { off }
  ) => off >= 0.1 && Number.isFinite(off))
  if (report.rounds.length < 2) return []
  return [
    '',
    `Ratios of work after ${report.rounds.length} rounds: ${
      rough.length === 0
        ? 'each median is certain to a tenth'
        : `uncertain by ${
          rough.map(({ row, off }) => `${percent(off)} (${row.name})`).join(', ')
        }; the others by less than a tenth`
    }.`
  ]
}

const timedSection = (report: TimedReport): string =>
  [
    filledTable([
      'path',
      `CPU µs per ${report.unit}`,
      `work per CPU s, ${report.beside ?? HAPROXY} = 1`,
      'js_filter = 1',
      `${report.unit}s/s`,
      'added p50 ms',
      'added p99 ms',
      'added p999 ms',
      'machine µs',
      'memory MB'
    ], timedRows(report)),
    ...report.paces === undefined
      ? []
      : [
        '',
        `${
          Object.entries(report.paces).map(([variant, pace]) => `${variant}: ${thousand(pace)} ${report.unit}s/s`).join(
            '; '
          )
        }. Latency starts when a message is due,\nso waiting behind a stall counts too.`
      ],
    ...ringLine(report),
    ...uncertainLine(report),
    ...endsLine(report),
    ...(remarks[report.unit]?.(report) ?? []).flatMap(line => ['', line]),
    ...report.without.length === 0
      ? []
      : ['', 'Paths left out:', '', ...report.without.map(({ path, why }) => `- ${path}: it ${why}`)]
  ].join('\n')

const idleSection = (report: IdleReport): string =>
  [
    // Results of before it was measured have no CPU share.
    filledTable(
      ['path', 'KB per connection', 'MB without connections', 'CPU, share of a core'],
      report.paths.map(each => [
        each.path,
        each.kbPerConnection.toFixed(1),
        (each.emptyKb / 1024).toFixed(1),
        each.cpuShare === undefined ? NONE : percent(each.cpuShare)
      ])
    ),
    '',
    'Memory is the growth of a fresh proxy from 500 connections on, after a pause and without a forced garbage collection.\nCPU is that of all its processes over another pause without traffic.'
  ].join('\n')

const configSection = (report: ConfigReport): string =>
  [
    filledTable(
      ['path', 'listeners', 'configured in ms', 'one service more ms', 'memory MB', 'CPU µs per round trip'],
      report.sizes.map(each => [
        each.path,
        String(each.vservers),
        each.configuredMs.toFixed(0),
        each.addServiceMs === undefined ? NONE : each.addServiceMs.toFixed(1),
        (each.memoryKb / 1024).toFixed(1),
        digits(each.cpuUs)
      ])
    ),
    '',
    'Weir is configured at run time with one PUT of everything. For the others, the time runs from their start until they\naccept connections. One more service is a POST to the running Weir; the others reload.'
  ].join('\n')

const sections: { readonly [K in Report['kind']]: (report: Extract<Report, { kind: K }>) => string } = {
  timed: timedSection,
  idle: idleSection,
  config: configSection
}

/** What a scenario found. */
export const section = (report: Report): string =>
  `### ${report.id}: ${report.title}\n\n${(sections[report.kind] as (report: Report) => string)(report)}`
