import { lookUp, type CollectionName } from '@weirlb/model'
import { isField, isHistogram, statFields, type ShownHistogram, type Stats, type Weir } from '@weirlb/core'
import type { Call, Shown } from '../grammar/command.ts'
import { servicesUp } from './health.ts'
import { lines, table, type Column } from './layout.ts'
import { countersOf, seen, stateWord, sumOf, type Seen } from './live.ts'
import { ratesOf } from './rates.ts'
import { vserverPlaces } from './vserver-places.ts'

/** One figure of `stat`. */
interface Figure {
  readonly title: string
  readonly long: string
  /** null: there is none. */
  readonly value: string | number | null
  /** It only grows, and has a rate. */
  readonly counter?: true
}

const figure = (title: string, long: string, value: Figure['value']): Figure => ({ title, long, value })
const counter = (title: string, long: string, value: number | undefined): Figure => ({
  title,
  long,
  value: value ?? 0,
  counter: true
})

/** What NetScaler shows and a process does not see. */
const packets: readonly Figure[] = [
  figure('PktRx', 'Packets received, which the kernel counts', null),
  figure('PktTx', 'Packets sent, which the kernel counts', null)
]

/** Ends of connections and requests whose bytes do not follow the protocol. None of these bytes is forwarded. */
const invalidReasons = ['protocol-error', 'http-failed', 'reply-unexpected'] as const
const invalidOf = (counters: Stats['userVservers'][string] | undefined): number =>
  counters === undefined
    ? 0
    : invalidReasons.reduce((sum, reason) => sum + (counters.closed[reason] ?? 0) + (counters.requests[reason] ?? 0), 0)

/** Words for a histogram: `firstMessageMs`, time of the first message. */
const wordsOf = (field: string): string =>
  field.replace(/Ms$/, '').replaceAll(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)

/** The times that a collection has, with what half and 99 of 100 of them are at most. */
const timesOf = (collection: Counted, counters: object | undefined): readonly Figure[] =>
  histogramsOf(collection).flatMap(field => {
    const shown = (counters as Readonly<Record<string, ShownHistogram>> | undefined)?.[field]
    const rounded = (ms: number | undefined): number | null => ms === undefined ? null : Number(ms.toPrecision(3))
    return [
      figure(`${field.replace(/Ms$/, '')}50`, `Time of ${wordsOf(field)}: half within (ms)`, rounded(shown?.p50)),
      figure(`${field.replace(/Ms$/, '')}99`, `Time of ${wordsOf(field)}: 99 of 100 within (ms)`, rounded(shown?.p99))
    ]
  })

const histogramsOf = (collection: Counted): readonly string[] =>
  Object.entries(statFields[collection]).flatMap(([field, entry]) => isHistogram(entry) ? [field] : [])

/** Figures of a collection that NetScaler has none for: its counters and gauges, by their own names. */
const derived = (collection: Counted): Figures<CollectionName> => async (_, stats) => ({ entity, status }) => {
  const counters = lookUp(stats[collection] as Readonly<Record<string, Readonly<Record<string, unknown>>>>, entity.name)
  return [
    figure('State', 'State', stateWord(status)),
    ...Object.entries(statFields[collection]).flatMap(([field, entry]) =>
      isField(entry)
        ? [
          entry.kind === 'counter'
            ? counter(field, entry.doc, counters?.[field] as number | undefined)
            : figure(field, entry.doc, (counters?.[field] as number | undefined) ?? 0)
        ]
        : []
    )
  ]
}

type Figures<C extends CollectionName> = (weir: Weir, stats: Stats) => Promise<(one: Seen<C>) => readonly Figure[]>

const userVservers: Figures<'userVservers'> = async (weir, stats) => {
  const [up, places] = await Promise.all([servicesUp(weir), vserverPlaces(weir)])
  return ({ entity, status }) => {
    const counters = countersOf(stats, 'userVservers', entity.name)
    const { total, up: active, percent } = up(entity.defaultLb)
    const { address, port } = places[entity.name] ?? entity
    return [
      figure('IP', 'Vserver IP address', address),
      figure('port', 'Vserver port', port),
      figure('Protocol', 'Protocol', entity.protocol),
      figure('State', 'State', stateWord(status)),
      figure('Health', 'Health of the default LB vserver (%)', percent),
      figure('actSvcs', 'Active services', active),
      figure('inactSvcs', 'Inactive services', total - active),
      counter('Hits', 'Vserver hits', counters?.accepted),
      counter('Req', 'Requests', sumOf(counters?.requests)),
      counter('Rsp', 'Responses', counters?.requests['answered']),
      counter('Reqb', 'Request bytes', counters?.bytesIn),
      counter('Rspb', 'Response bytes', counters?.bytesOut),
      ...packets,
      counter('IvldReqRsp', 'Invalid requests and responses', invalidOf(counters)),
      counter('IvldReqRspDrp', 'Invalid requests and responses that were dropped', invalidOf(counters)),
      figure('ClntConn', 'Current client connections', counters?.connections ?? 0),
      figure('EstConn', 'Established client connections', counters?.established ?? 0),
      counter('Closed', 'Ended connections', sumOf(counters?.closed))
    ]
  }
}

const lbVservers: Figures<'lbVservers'> = async (weir, stats) => {
  const up = await servicesUp(weir)
  return ({ entity, status }) => {
    const counters = countersOf(stats, 'lbVservers', entity.name)
    const { total, up: active, percent } = up(entity.name)
    const connections = entity.services.reduce(
      (sum, { name }) => sum + (countersOf(stats, 'services', name)?.connections ?? 0),
      0
    )
    return [
      figure('Type', 'Type', entity.type),
      figure('State', 'State', stateWord(status)),
      figure('Health', 'Health (%)', percent),
      figure('actSvcs', 'Active services', active),
      figure('inactSvcs', 'Inactive services', total - active),
      counter('Hits', 'Vserver hits', counters?.picks),
      counter('NoSvc', 'Clients without a service', counters?.noService),
      figure('SvrConn', 'Current connections of its services', connections),
      figure('Sessions', 'Current persistence sessions', counters?.sessions ?? 0),
      counter('SessHits', 'Persistence hits', counters?.sessionHits),
      counter('SessMiss', 'Persistence misses', counters?.sessionMisses)
    ]
  }
}

const services: Figures<'services'> = async (_, stats) => ({ entity, status }) => {
  const counters = countersOf(stats, 'services', entity.name)
  return [
    figure('IP', 'Service IP address', entity.address),
    figure('port', 'Service port', entity.port),
    figure('Type', 'Service type', entity.type),
    figure('State', 'State', stateWord(status)),
    counter('Hits', 'Connections begun', counters?.dialled),
    counter('Req', 'Requests', counters?.messages),
    counter('Reqb', 'Request bytes', counters?.bytesIn),
    counter('Rspb', 'Response bytes', counters?.bytesOut),
    figure('SvrConn', 'Current server connections', counters?.connections ?? 0),
    figure('SvrEst', 'Established server connections', counters?.established ?? 0),
    counter('DialFail', 'Failed dials', counters?.dialFailures)
  ]
}

const serviceGroups: Figures<'serviceGroups'> = async (_, stats) => ({ entity, status }) => {
  const members = status.members ?? []
  const counters = members.map(({ name }) => countersOf(stats, 'services', name))
  const sum = (
    of: 'dialled' | 'messages' | 'bytesIn' | 'bytesOut' | 'connections' | 'established' | 'dialFailures'
  ): number => counters.reduce((total, one) => total + (one?.[of] ?? 0), 0)
  const up = members.filter(({ value }) => value === 'up').length
  return [
    figure('Type', 'Service type', entity.type),
    figure('State', 'State', stateWord(status)),
    figure('actMbrs', 'Active members', up),
    figure('inactMbrs', 'Inactive members', members.length - up),
    // Members leave with their counters: the sums may fall.
    figure('Hits', 'Connections begun, of present members', sum('dialled')),
    figure('Req', 'Requests', sum('messages')),
    figure('Reqb', 'Request bytes', sum('bytesIn')),
    figure('Rspb', 'Response bytes', sum('bytesOut')),
    figure('SvrConn', 'Current server connections', sum('connections')),
    figure('SvrEst', 'Established server connections', sum('established')),
    figure('DialFail', 'Failed dials', sum('dialFailures'))
  ]
}

const glbs: Figures<'glbs'> = async (_, stats) => ({ entity, status }) => {
  const counters = countersOf(stats, 'glbs', entity.name)
  return [
    figure('State', 'State', stateWord(status)),
    counter('Hits', 'Vserver hits', counters?.picks),
    counter('Fallback', 'Clients of the fallback', counters?.fallback),
    counter('NoPool', 'Clients without a pool', counters?.noService)
  ]
}

const extensions: Figures<'extensions'> = async (_, stats) => ({ entity, status }) => {
  const counters = countersOf(stats, 'extensions', entity.name)
  return [
    figure('State', 'State', stateWord(status)),
    counter('Hits', 'Messages', counters?.messages),
    counter(
      'Undef',
      'Undefined: malformed messages and exceptions',
      (counters?.malformed ?? 0) + (counters?.throws ?? 0)
    ),
    counter(
      'Halts',
      'Halts: time-outs, exceeded heaps, crashes',
      (counters?.timeouts ?? 0) + (counters?.memoryKills ?? 0) + (counters?.crashes ?? 0) + (counters?.lost ?? 0)
    ),
    counter('Forwarded', 'Forwarded', counters?.forwarded),
    counter('Dropped', 'Dropped', counters?.dropped),
    counter('Rejected', 'Rejected', counters?.rejected),
    counter('CpuMs', 'Time in the sandbox (ms)', Math.round(counters?.cpuMs ?? 0))
  ]
}

const figures: Partial<Record<CollectionName, unknown>> = {
  userVservers,
  lbVservers,
  services,
  serviceGroups,
  glbs,
  extensions
}
/** Collections whose entities are counted. */
type Counted = CollectionName & keyof typeof statFields
const isCounted = (collection: CollectionName): collection is Counted => Object.hasOwn(statFields, collection)

/** True for a collection that `stat` is about. */
export const hasFigures = (collection: CollectionName): boolean => collection in figures || isCounted(collection)

/** Statistics of one entity, each on a line with its rate; or of all, a line each. */
export const statEntities = (collection: CollectionName) => async (weir: Weir, call: Call): Promise<Shown> => {
  const name = call.given.get('name')?.value as string | undefined
  const [entities, stats] = await Promise.all([seen(weir, collection, name), weir.stats()])
  const figuresOf =
    await (figures[collection] as Figures<CollectionName> | undefined ?? derived(collection as Counted))(weir, stats)
  const times = (name: string): readonly Figure[] =>
    isCounted(collection)
      ? timesOf(collection, lookUp(stats[collection] as Readonly<Record<string, object>>, name))
      : []
  const all = entities.map(one => ({ name: one.entity.name, figures: [...figuresOf(one), ...times(one.entity.name)] }))
  const counters = new Map(
    all.flatMap(({ name, figures }) =>
      figures.flatMap(({ title, value, counter }) =>
        counter === true ? [[`${name} ${title}`, value as number] as const] : []
      )
    )
  )
  const rate = ratesOf(weir, `${collection} ${name ?? ''}`, counters)
  const data = all.map(({ name, figures }) => ({
    name,
    ...Object.fromEntries(figures.map(({ title, value }) => [title, value])),
    rates: Object.fromEntries(figures.flatMap(({ title, counter }) => {
      const perSecond = counter === true ? rate(`${name} ${title}`) : undefined
      return perSecond === undefined ? [] : [[title, perSecond]]
    }))
  }))
  if (name === undefined)
    return { text: list(all.map(({ name, figures }) => ({ name, figures })), call.context.columns), data }
  const rows = all[0]!.figures.map(({ title, long, value, counter }) => {
    const perSecond = counter === true ? rate(`${name} ${title}`) : undefined
    return [long, perSecond === undefined ? '' : perSecond.toFixed(1), textOf(value)]
  })
  return {
    text: lines(0, name) +
      table(
        [{ title: '' }, { title: 'Rate (/s)', right: true }, { title: 'Total', right: true }],
        rows,
        call.context.columns
      ),
    data: data[0]
  }
}

const textOf = (value: Figure['value']): string => value === null ? '-' : String(value)

const list = (
  all: readonly { readonly name: string, readonly figures: readonly Figure[] }[],
  width: number
): string => {
  const first = all[0]?.figures ?? []
  const columns: Column[] = [
    { title: 'Name' },
    ...first.map(({ title, value }): Column => typeof value === 'string' ? { title } : { title, right: true })
  ]
  return table(columns, all.map(({ name, figures }) => [name, ...figures.map(({ value }) => textOf(value))]), width)
}
