import type { Client } from './client.ts'
import { cellOf, isBack, kindOf, type Outcome } from './outcome.ts'
import { phases, type PhaseName, type Stimulus, type Version } from './stimuli.ts'
import type { Subject } from './trial.ts'

export interface Measured extends Subject { readonly outcome: Outcome }

const versionNames: Readonly<Record<Version, string>> = { 4: '3.1.1', 5: '5' }

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`)

/** Stimuli that every client answers in the same way share a column. */
const columnsOf = (measured: readonly Measured[], stimuli: readonly Stimulus[]): Measured[][] => {
  const columns = new Map<string, Measured[]>()
  for (const { name } of stimuli) {
    const those = measured.filter(one => one.stimulus.name === name)
    const kind = those[0]?.stimulus.ending === 'away'
      ? name
      : those.map(({ client, outcome }) => `${client.name} ${kindOf(outcome)}`).join('; ')
    columns.set(kind, [...columns.get(kind) ?? [], ...those])
  }
  return [...columns.values()]
}

const names = (column: readonly Measured[]): string =>
  [...new Set(column.map(({ stimulus }) => stimulus.name))].join(', ')

const section = (
  all: readonly Measured[],
  clients: readonly Client[],
  version: Version,
  phase: PhaseName
): string[] => {
  const measured = all.filter(one => one.version === version && one.phase === phase)
  if (measured.length === 0) return []
  const columns = columnsOf(measured, phases[phase].stimuli(version))
  const present = clients.filter(client => measured.some(one => one.client === client))
  const rows = present.map(
    client => [
      client.name,
      ...columns.map(column => cellOf(column.filter(one => one.client === client).map(({ outcome }) => outcome)))
    ]
  )
  const back = [
    'came back',
    ...columns.map(column =>
      present.filter(client => column.filter(one => one.client === client).every(({ outcome }) => isBack(outcome)))
        .length + ` of ${present.length}`
    )
  ]
  return [`### ${phases[phase].title}`, '', ...table(['', ...columns.map(names)], [...rows, back]), '']
}

/** The whole page. */
export const page = (measured: readonly Measured[], clients: readonly Client[], date: string): string => [
  '# MQTT clients',
  '',
  `<!-- Written by \`npm run clients\` on ${date}. Do not edit: run it again. -->`,
  '',
  'This page shows what MQTT clients do when a server refuses them, sends a goodbye, or closes the connection. Each',
  'program ran against a scripted server on loopback, without Weir. The server treated three connections of a client',
  'alike and served the next one. `npm run clients` repeats the run in about ten minutes and writes this page. The',
  '[MQTT README](../../extensions/mqtt/README.md#goodbyes) describes how Weir ends connections.',
  '',
  '| cell | meaning |',
  '|---|---|',
  '| 1 s | the client came back after 1 second, each time |',
  '| 1–3 s | it came back after between 1 and 3 seconds |',
  '| 1, 2, 4 s | it came back after a longer time on each attempt |',
  '| **never** | its process kept running and did not reconnect within 40 seconds |',
  '| **exit 1**, **exit the code** | its process ended with that status, or with the code that it was sent |',
  '| silent | it printed nothing |',
  '',
  ...table(['client', 'version', 'configured'], clients.map(({ name, version, how, missing }) => [name, version, missing === undefined ? how : `left out: ${missing}`])),
  '',
  ...([4, 5] as const).filter(version => measured.some(one => one.version === version)).flatMap(version => [
    `## MQTT ${versionNames[version]}`,
    '',
    ...(Object.keys(phases) as PhaseName[]).flatMap(phase => section(measured, clients, version, phase))
  ])
].join('\n').trimEnd() + '\n'
