import { collections, type CollectionName } from '@weirlb/model'
import type { Weir } from '@weirlb/core'
import type { Call, Command, Shown } from '../grammar/command.ts'
import { nameOf, number } from '../grammar/kind.ts'
import type { Parameter } from '../grammar/option.ts'
import { countEntities, showEntities } from '../show/entities.ts'
import { hasFigures, statEntities } from '../show/stat.ts'

/** Seconds between two prints of `stat … -ntimes`. */
const INTERVAL_SECONDS = 2

/** Options of every `stat`. */
export const repeatOptions: readonly Parameter[] = [
  {
    name: 'ntimes',
    kind: number('times'),
    doc: 'How often `weir exec` and `weir shell` print it; 0 is until they are interrupted.'
  },
  {
    name: 'interval',
    kind: number('seconds'),
    doc: `Time between two prints. Default: ${INTERVAL_SECONDS}.`,
    own: true
  }
]

/** The rows that read a collection: show, stat where it is counted, and count. */
export const readingCommands = (object: string, collection: CollectionName, component: string): Command[] => {
  const { noun } = collections[collection]
  const name: Parameter = {
    name: 'name',
    kind: nameOf(collection),
    optional: true,
    doc: `Name of the ${noun}. Default: all.`
  }
  const foreign = {
    detail: 'Weir shows everything',
    fullValues: 'Weir shows whole numbers',
    summary: 'Weir shows everything',
    format: '`--json` prints JSON',
    level: 'Weir shows everything',
    clearstats: 'Weir\'s counters begin with their process',
    sortBy: 'entities are shown in the order of the configuration'
  }
  const commands: Command[] = [
    {
      verb: 'show',
      object,
      parameters: { arguments: [name], options: [] },
      foreign,
      doc: `Show the ${noun}, or every one.`,
      rest: `list${component}s`,
      run: { act: showEntities(collection) }
    },
    {
      verb: 'count',
      object,
      parameters: { arguments: [], options: [] },
      doc: `Count every ${noun}.`,
      rest: `list${component}s`,
      run: { act: countEntities(collection) }
    }
  ]
  if (hasFigures(collection)) {
    commands.push({
      verb: 'stat',
      object,
      parameters: { arguments: [name], options: repeatOptions },
      foreign,
      doc: `Show the counters of the ${noun}, or of every one.`,
      rest: 'getStats',
      run: { act: repeated(statEntities(collection)) }
    })
  }
  return commands
}

/** What `stat` shows, with how often the terminal shall repeat it. */
export const repeated =
  (act: (weir: Weir, call: Call) => Promise<Shown>) => async (weir: Weir, call: Call): Promise<Shown> => {
    const shown = await act(weir, call)
    const times = call.given.get('ntimes')?.value as number | undefined
    if (times === undefined || times === 1) return shown
    return {
      ...shown,
      repeat: {
        times,
        seconds: Math.max(0.1, (call.given.get('interval')?.value as number | undefined) ?? INTERVAL_SECONDS)
      }
    }
  }
