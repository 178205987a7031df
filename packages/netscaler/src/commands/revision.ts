import { collections, describeEntity, type EntityChange, type FieldChange, type RevisionInfo } from '@weirlb/model'
import type { Weir } from '@weirlb/core'
import type { Call, Command, ObjectWords, Shown } from '../grammar/command.ts'
import { count } from '../grammar/kind.ts'
import { table } from '../show/layout.ts'

/** The words of revisions. */
export const revision: ObjectWords = { object: 'ns revision', doc: 'An applied change of the configuration.' }

/** `show ns revision [<id>]`: the last revisions, or what one has changed. */
export const revisionCommands: readonly Command[] = [
  {
    verb: 'show',
    object: 'ns revision',
    parameters: {
      arguments: [{
        name: 'id',
        kind: count('id'),
        optional: true,
        doc: 'Number of a revision: what it changed is shown.'
      }],
      options: []
    },
    doc: 'Show the last revisions of the configuration: who made them, when, and what they changed.',
    rest: 'listRevisions',
    run: { act: show }
  }
]

async function show (weir: Weir, call: Call): Promise<Shown> {
  const id = call.given.get('id')?.value as number | undefined
  if (id !== undefined) {
    const diff = await weir.revisions.diff(id)
    return { text: diff.changes.map(changeText).join('') || 'No difference\n', data: diff }
  }
  const revisions = await weir.revisions.list()
  const rows = revisions.map(
    each => [`${each.id}${each.current ? '*' : ''}`, each.savedAt, authorText(each), summaryText(each)]
  )
  return {
    text: table(
      [{ title: 'Id', right: true }, { title: 'Time' }, { title: 'Author' }, { title: 'Changes' }],
      rows,
      call.context.columns
    ),
    data: revisions
  }
}

const authorText = ({ author }: RevisionInfo): string =>
  author === undefined ? '-' : author.name === undefined ? author.via : `${author.via} ${author.name}`

const summaryText = ({ summary, rollbackTo }: RevisionInfo): string => {
  const back = rollbackTo === undefined ? [] : [`rollback to ${rollbackTo}`]
  if (summary === undefined) return back.join() || '-'
  const total = summary.added + summary.changed + summary.removed
  const [only] = summary.entities
  const counts = total === 1 && only !== undefined
    ? [`${only.action} ${describeEntity(only.collection, only.name)}`]
    : (['added', 'changed', 'removed'] as const).flatMap(action =>
      summary[action] === 0 ? [] : [`${summary[action]} ${action}`]
    )
  return [...back, ...counts].join(', ')
}

const signs = { added: '+', changed: '~', removed: '-' } as const

const changeText = ({ action, collection, name, fields = [] }: EntityChange): string =>
  `${signs[action]} ${collections[collection].noun} '${name}'\n${
    fields.map(field => `    ${field.path}: ${fieldText(field)}\n`).join('')
  }`

const fieldText = ({ before, after, secret }: FieldChange): string =>
  secret === true ? '(a secret) changed' : `${valueText(before)} -> ${valueText(after)}`

const valueText = (value: unknown): string => value === undefined ? '(none)' : JSON.stringify(value)
