import { hostname } from 'node:os'
import { collectionNames, WeirError } from '@weirlb/model'
import type { Draft, Weir } from '@weirlb/core'
import { exportCommands } from '../export/export-commands.ts'
import type { Call, Command, ObjectWords, Shown } from '../grammar/command.ts'
import { flag } from '../grammar/flag.ts'
import { keywords, text } from '../grammar/kind.ts'
import type { Parameter } from '../grammar/option.ts'
import { table } from '../show/layout.ts'

/** What Weir has, by NetScaler's words for features. */
const features: Readonly<Record<string, string>> = {
  LB: 'Load Balancing',
  CS: 'Content Switching',
  SSL: 'SSL Offloading',
  WS: 'WebSocket'
}

/** The words of the whole. */
export const nsObjects: readonly ObjectWords[] = [
  { object: 'ns config', doc: 'The whole configuration.' },
  { object: 'ns runningConfig', doc: 'The whole configuration, as commands.' },
  { object: 'ns version', doc: 'The version of Weir.' },
  { object: 'ns feature', doc: 'What Weir can do.' },
  { object: 'ns hostName', doc: 'The name of the machine.' }
]

const level: Parameter = {
  name: 'level',
  kind: keywords({ full: 'full', extended: 'extended', basic: 'basic' }),
  doc: 'Every level removes all: Weir has no addresses of its own to keep.'
}
const names: Parameter = {
  name: 'feature',
  kind: text('feature'),
  many: true,
  doc: 'Features, in NetScaler\'s words: LB CS SSL.'
}

/** Rows about the whole. */
export const nsCommands: readonly Command[] = [
  {
    verb: 'show',
    object: 'ns config',
    parameters: { arguments: [], options: [] },
    doc: 'Show the revision of the configuration, and what it has.',
    rest: 'getConfig',
    run: { act: showConfig }
  },
  {
    verb: 'save',
    object: 'ns config',
    parameters: { arguments: [], options: [] },
    foreign: { all: 'Weir has no partitions' },
    doc: 'Weir saves every revision before it applies it, where it has `--state`; there is nothing left to save.',
    rest: 'getHealth',
    run: { act: save }
  },
  {
    verb: 'clear',
    object: 'ns config',
    parameters: { arguments: [level], options: [flag('force', 'Without a question; Weir asks none.')] },
    foreign: { RBAconfig: 'Weir has no users' },
    doc: 'Remove everything. Commands that follow begin with nothing, as part of the same revision.',
    rest: 'replaceConfig',
    run: { edit: clear }
  },
  {
    verb: 'show',
    object: 'ns runningConfig',
    parameters: { arguments: [], options: [] },
    foreign: { withDefaults: 'defaults are in the reference' },
    doc: 'Show the commands that make the configuration, as `weir export` does.',
    rest: 'getConfig',
    run: { act: showRunning }
  },
  {
    verb: 'show',
    object: 'ns version',
    parameters: { arguments: [], options: [] },
    doc: 'Show the version.',
    rest: 'getHealth',
    run: { act: showVersion }
  },
  {
    verb: 'show',
    object: 'ns feature',
    parameters: { arguments: [], options: [] },
    doc: 'Show what Weir can do.',
    rest: 'getHealth',
    run: { act: showFeatures }
  },
  {
    verb: 'enable',
    object: 'ns feature',
    parameters: { arguments: [names], options: [] },
    doc: 'Weir\'s features are always on; others are skipped.',
    rest: 'getHealth',
    run: { edit: enableFeatures }
  },
  {
    verb: 'disable',
    object: 'ns feature',
    parameters: { arguments: [names], options: [] },
    doc: 'Weir\'s features cannot be switched off.',
    rest: 'getHealth',
    run: { edit: disableFeatures }
  },
  {
    verb: 'show',
    object: 'ns hostName',
    parameters: { arguments: [], options: [] },
    doc: 'Show the name of the machine.',
    rest: 'getHealth',
    run: { act: () => ({ text: `\tHostname: ${hostname()}\n`, data: { hostname: hostname() } }) }
  }
]

async function showConfig (weir: Weir): Promise<Shown> {
  const { value, etag } = weir.config.get()
  const { revision } = await weir.health()
  const counts = Object.fromEntries(collectionNames.map(name => [name, value[name].length]))
  return {
    text: `\tRevision: ${revision}\tETag: ${etag}\n${
      Object.entries(counts).map(([name, count]) => `\t${name}: ${count}\n`).join('')
    }`,
    data: { revision, etag, ...counts }
  }
}

async function save (weir: Weir): Promise<Shown> {
  const { revision } = await weir.health()
  return { text: `Revision ${revision} runs; Weir has saved it already if it has --state\n`, data: { revision } }
}

function clear (draft: Draft): undefined {
  // Those that refer to others go first.
  for (const collection of [...collectionNames].reverse())
    for (const { name } of [...draft.collection(collection).list()])
      draft.collection(collection).delete(name)
}

function showRunning (weir: Weir): Shown {
  const text = exportCommands(weir.config.get().value)
  return { text, data: { commands: text } }
}

async function showVersion (weir: Weir): Promise<Shown> {
  const { version } = await weir.health()
  return { text: `\tWeir ${version}\n`, data: { version } }
}

function showFeatures (_: Weir, { context }: Call): Shown {
  const rows = Object.entries(features).map(([acronym, feature]) => ({ feature, acronym, status: 'ON' }))
  return {
    text: table(
      [{ title: 'Feature' }, { title: 'Acronym' }, { title: 'Status' }],
      rows.map(({ feature, acronym, status }) => [feature, acronym, status]),
      context.columns
    ),
    data: rows
  }
}

const named = (call: Call): readonly string[] => call.given.get('feature')!.value as readonly string[]
const isOurs = (name: string): boolean =>
  Object.entries(features).some(([acronym, feature]) =>
    [acronym, feature.replaceAll(' ', '')].some(word => word.toLowerCase() === name.toLowerCase())
  )

function enableFeatures (_: Draft, call: Call): undefined {
  for (const name of named(call)) if (!isOurs(name)) call.skip(name, 'Weir has no such feature')
}

function disableFeatures (_: Draft, call: Call): undefined {
  const ours = named(call).filter(isOurs)
  if (ours.length > 0)
    throw new WeirError('command-invalid', `${ours.join(', ')} cannot be switched off; disable the vservers`)
  for (const name of named(call)) call.skip(name, 'Weir has no such feature')
}
