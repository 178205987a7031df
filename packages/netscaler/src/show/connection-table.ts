import { networkInterfaces } from 'node:os'
import { lookUp, parseEndpoint } from '@weirlb/model'
import { vserverPlaces, type VserverPlace } from './vserver-places.ts'
import type { Weir } from '@weirlb/core'
import type { Call, Shown } from '../grammar/command.ts'
import type { ConnectionFilter, ConnectionRow } from './connection-filter.ts'
import { table } from './layout.ts'

type Connection = Awaited<ReturnType<Weir['connections']['list']>>[number]

/** Rows that a table has, unless `-limit` says otherwise. */
export const DEFAULT_ROWS = 1000
/** Most rows of a table, and connections that a filter goes through: they come from the workers in one message each. */
export const MAX_ROWS = 50_000

/** `show ns connectiontable [<filter>] [-limit <rows>]`. */
export const showConnectionTable = async (weir: Weir, call: Call): Promise<Shown> => {
  const filter = call.given.get('filterexpression')?.value as ConnectionFilter | undefined
  const limit = Math.min(MAX_ROWS, (call.given.get('limit')?.value as number | undefined) ?? DEFAULT_ROWS)
  const places = await vserverPlaces(weir)
  const interfaces = interfacesByAddress()
  const connections = await weir.connections.list({ limit: filter === undefined ? limit + 1 : MAX_ROWS })
  const rows: { readonly row: ConnectionRow, readonly connection: Connection }[] = []
  let more = filter !== undefined && connections.length >= MAX_ROWS
  for (const connection of connections) {
    const row = rowOf(weir, connection, lookUp(places, connection.userVserver), interfaces)
    if (filter !== undefined && !filter(row)) continue
    if (rows.length === limit) {
      more = true
      break
    }
    rows.push({ row, connection })
  }
  const text = table(
    [
      { title: 'SRCIP' },
      { title: 'SRCPORT', right: true },
      { title: 'DSTIP' },
      { title: 'DSTPORT', right: true },
      { title: 'SVCTYPE' },
      { title: 'IDLTIME', right: true },
      { title: 'STATE' },
      { title: 'SVCNAME' },
      { title: 'SESSION' }
    ],
    rows.map((
      { row }
    ) => [
      row.SRCIP,
      String(row.SRCPORT),
      row.DSTIP,
      String(row.DSTPORT),
      row.SERVICE_TYPE,
      String(row.IDLETIME),
      row.TCPSTATE,
      row.SVCNAME,
      row.SESSION
    ]),
    call.context.columns
  )
  return {
    text: `${text}${
      more
        ? `There may be more: the first ${
          filter === undefined ? limit : Math.min(connections.length, MAX_ROWS)
        } connections were looked at, and ${limit} rows are shown at most (-limit).\n`
        : ''
    }`,
    data: { items: rows.map(({ connection }) => connection), truncated: more }
  }
}

/** Where a connection is, in the words of TCP. */
const states: Readonly<Record<string, string>> = { open: 'ESTABLISHED', tunnel: 'ESTABLISHED', closing: 'CLOSING' }

/** The name of each interface by its addresses. */
const interfacesByAddress = (): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
      addresses.map(({ address }) => [address, name] as const)
    )
  )

const rowOf = (
  weir: Weir,
  connection: Connection,
  place: VserverPlace | undefined,
  interfaces: ReadonlyMap<string, string>
): ConnectionRow => {
  const { address = connection.client, port = 0 } = parseEndpoint(connection.client) ?? {}
  const lb = connection.lbVserver ?? ''
  return {
    SRCIP: address,
    SRCPORT: port,
    DSTIP: place?.address ?? '',
    DSTPORT: place?.port ?? 0,
    SVCNAME: connection.service ?? '',
    'LB_VSERVER.NAME': lb,
    'USER_VSERVER.NAME': connection.userVserver,
    SERVICE_TYPE: lb === '' ? '' : weir.lbVservers.get(lb)?.value.type ?? '',
    CONNID: connection.id,
    IDLETIME: connection.idleSeconds,
    TCPSTATE: lookUp(states, connection.phase) ?? connection.phase.toUpperCase(),
    // `worker-number`
    PPEID: Number.parseInt(connection.id, 10),
    INTF: interfaces.get(place?.address ?? '') ?? '',
    SESSION: connection.session ?? ''
  }
}
