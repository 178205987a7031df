import type { Command, ObjectWords } from '../grammar/command.ts'
import { count, nameOf, text, type Kind } from '../grammar/kind.ts'
import type { Parameter } from '../grammar/option.ts'
import { readConnectionFilter } from '../show/connection-filter.ts'
import { DEFAULT_ROWS, MAX_ROWS, showConnectionTable } from '../show/connection-table.ts'
import { clearSessions, showSessions } from '../show/sessions.ts'

const limit: Parameter = { name: 'limit', kind: count('rows'), doc: `Most rows, ${MAX_ROWS} at most. Default: ${DEFAULT_ROWS}.`, own: true }
const vServer: Parameter = { name: 'vServer', kind: nameOf('lbVservers', 'vServer'), optional: true, doc: 'Name of an LB vserver; `glb/` and a GLB for the entries of its affinity. Default: all.' }

const filterKind: Kind = {
  synopsis: '<filterexpression>',
  read: word => {
    const read = readConnectionFilter(word)
    return 'filter' in read ? { value: read.filter } : { expected: `a filter (${read.fault})` }
  },
  write: () => undefined
}

/** Words of what runs. */
export const runtimeObjects: readonly ObjectWords[] = [
  { object: 'lb persistentSessions', doc: 'Persistence entries: which key is pinned to which service.' },
  { object: 'ns connectiontable', doc: 'Open connections.' }
]

/** Persistence entries and open connections. */
export const runtimeCommands: readonly Command[] = [
  { verb: 'show', object: 'lb persistentSessions', parameters: { arguments: [vServer], options: [limit] }, foreign: { nodeId: 'Weir is no member of a cluster' }, doc: 'Show persistence entries, with the time that each has left and the connections that hold it.', rest: 'listSessions', run: { act: showSessions } },
  { verb: 'clear', object: 'lb persistentSessions', parameters: { arguments: [vServer], options: [{ name: 'persistenceParameter', kind: text('key'), doc: 'Only the entry of this key.' }] }, foreign: { nodeId: 'Weir is no member of a cluster' }, doc: 'Remove persistence entries. Open connections stay.', rest: 'deleteSessions', run: { act: clearSessions } },
  {
    verb: 'show',
    object: 'ns connectiontable',
    parameters: { arguments: [{ name: 'filterexpression', kind: filterKind, optional: true, doc: 'As in `CONNECTION.LB_VSERVER.NAME.EQ("x") && CONNECTION.IDLETIME.GT(100)`; at most 255 characters.' }], options: [limit] },
    foreign: { detail: 'Weir shows everything', link: 'Weir shows one row per client', filtername: 'Weir keeps no filters', listen: 'show user vserver has the listeners', nodeId: 'Weir is no member of a cluster' },
    doc: 'Show open connections.',
    rest: 'listConnections',
    run: { act: showConnectionTable }
  }
]
