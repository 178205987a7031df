import type { Command, ObjectWords } from '../grammar/command.ts'
import { count, nameOf, text, type Kind } from '../grammar/kind.ts'
import type { Parameter } from '../grammar/option.ts'
import { readConnectionFilter } from '../show/connection-filter.ts'
import { showAudit } from '../show/audit.ts'
import { DEFAULT_ROWS, MAX_ROWS, showConnectionTable } from '../show/connection-table.ts'
import { showNodes } from '../show/nodes.ts'
import { clearSessions, showSessions } from '../show/sessions.ts'

const limit: Parameter = {
  name: 'limit',
  kind: count('rows'),
  doc: `Most rows, ${MAX_ROWS} at most. Default: ${DEFAULT_ROWS}.`,
  own: true
}
const vServer: Parameter = {
  name: 'vServer',
  kind: nameOf('lbVservers', 'vServer'),
  optional: true,
  doc: 'Name of an LB vserver; `glb/` and a GLB for the entries of its affinity. Default: all.'
}

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
  { object: 'ns connectiontable', doc: 'Open connections.' },
  { object: 'ns cluster', doc: 'The Weirs that share their sessions over one store.' },
  { object: 'audit messages', doc: 'Who has changed what.' }
]

/** Persistence entries and open connections. */
export const runtimeCommands: readonly Command[] = [
  {
    verb: 'show',
    object: 'lb persistentSessions',
    parameters: { arguments: [vServer], options: [limit] },
    foreign: { nodeId: 'nodes have names: show ns cluster' },
    doc: 'Show persistence entries, with the time that each has left and the connections that hold it.',
    rest: 'listSessions',
    run: { act: showSessions }
  },
  {
    verb: 'clear',
    object: 'lb persistentSessions',
    parameters: {
      arguments: [vServer],
      options: [{ name: 'persistenceParameter', kind: text('key'), doc: 'Only the entry of this key.' }]
    },
    foreign: { nodeId: 'nodes have names: show ns cluster' },
    doc: 'Remove persistence entries. Open connections stay.',
    rest: 'deleteSessions',
    run: { act: clearSessions }
  },
  {
    verb: 'show',
    object: 'ns connectiontable',
    parameters: {
      arguments: [{
        name: 'filterexpression',
        kind: filterKind,
        optional: true,
        joined: true,
        doc:
          'As in `CONNECTION.LB_VSERVER.NAME.EQ("x") && CONNECTION.IDLETIME.GT(100)`, quoted or not; at most 255 characters.'
      }],
      options: [limit]
    },
    foreign: {
      detail: 'Weir shows everything',
      link: 'Weir shows one row per client',
      filtername: 'Weir keeps no filters',
      listen: 'show user vserver has the listeners',
      nodeId: 'nodes have names: show ns cluster'
    },
    doc: 'Show open connections.',
    rest: 'listConnections',
    run: { act: showConnectionTable }
  },
  {
    verb: 'show',
    object: 'ns cluster',
    parameters: { arguments: [], options: [] },
    doc: 'Show the nodes of the cluster; `*` marks the one that answers.',
    rest: 'listNodes',
    run: { act: showNodes }
  },
  {
    verb: 'show',
    object: 'audit messages',
    parameters: {
      arguments: [],
      options: [{ name: 'numOfMesgs', kind: count('messages'), doc: 'Most messages, 256 at most. Default: 20.' }]
    },
    foreign: { logLevel: 'the audit log has no levels' },
    doc: 'Show the last changes and attempts: when, who, from where, what, and the result.',
    rest: 'listAudit',
    run: { act: showAudit }
  }
]
