import type { CollectionName } from '@weirlb/model'
import type { Stats, Weir } from '@weirlb/core'
import type { Call, Shown } from '../grammar/command.ts'
import { servicesUp } from './health.ts'
import { lines, table, type Column } from './layout.ts'
import { countersOf, seen, stateWord, sumOf, type Seen } from './live.ts'
import { ratesOf } from './rates.ts'
import { vserverPlaces } from './vserver-places.ts'

/** One figure of `stat`. */
interface Figure { readonly title: string, readonly long: string, readonly value: string | number, /** It only grows, and has a rate. */ readonly counter?: true }

const figure = (title: string, long: string, value: string | number): Figure => ({ title, long, value })
const counter = (title: string, long: string, value: number | undefined): Figure => ({ title, long, value: value ?? 0, counter: true })

type Figures<C extends CollectionName> = (weir: Weir, stats: Stats) => Promise<(one: Seen<C>) => readonly Figure[]>

const userVservers: Figures<'userVservers'> = async (weir, stats) => {
  const [up, places] = await Promise.all([servicesUp(weir), vserverPlaces(weir)])
  return ({ entity, status }) => {
    const counters = countersOf(stats, 'userVservers', entity.name)
    const { total, up: active, percent } = up(entity.defaultLb)
    const { address, port } = places[entity.name] ?? entity
    return [
      figure('IP', 'Vserver IP address', address), figure('port', 'Vserver port', port), figure('Protocol', 'Protocol', entity.protocol), figure('State', 'State', stateWord(status)),
      figure('Health', 'Health of the default LB vserver (%)', percent), figure('actSvcs', 'Active services', active), figure('inactSvcs', 'Inactive services', total - active),
      counter('Hits', 'Vserver hits', counters?.accepted), counter('Req', 'Requests', sumOf(counters?.requests)), counter('Reqb', 'Request bytes', counters?.bytesIn), counter('Rspb', 'Response bytes', counters?.bytesOut),
      figure('ClntConn', 'Current client connections', counters?.connections ?? 0), counter('Closed', 'Ended connections', sumOf(counters?.closed))
    ]
  }
}

const lbVservers: Figures<'lbVservers'> = async (weir, stats) => {
  const up = await servicesUp(weir)
  return ({ entity, status }) => {
    const counters = countersOf(stats, 'lbVservers', entity.name)
    const { total, up: active, percent } = up(entity.name)
    const connections = entity.services.reduce((sum, { name }) => sum + (countersOf(stats, 'services', name)?.connections ?? 0), 0)
    return [
      figure('Type', 'Type', entity.type), figure('State', 'State', stateWord(status)), figure('Health', 'Health (%)', percent), figure('actSvcs', 'Active services', active), figure('inactSvcs', 'Inactive services', total - active),
      counter('Hits', 'Vserver hits', counters?.picks), counter('NoSvc', 'Clients without a service', counters?.noService), figure('SvrConn', 'Current connections of its services', connections),
      figure('Sessions', 'Current persistence sessions', counters?.sessions ?? 0), counter('SessHits', 'Persistence hits', counters?.sessionHits), counter('SessMiss', 'Persistence misses', counters?.sessionMisses)
    ]
  }
}

const services: Figures<'services'> = async (_, stats) => ({ entity, status }) => {
  const counters = countersOf(stats, 'services', entity.name)
  return [
    figure('IP', 'Service IP address', entity.address), figure('port', 'Service port', entity.port), figure('Type', 'Service type', entity.type), figure('State', 'State', stateWord(status)),
    counter('Hits', 'Connections begun', counters?.dialled), counter('Req', 'Requests', counters?.messages), counter('Reqb', 'Request bytes', counters?.bytesIn), counter('Rspb', 'Response bytes', counters?.bytesOut),
    figure('SvrConn', 'Current server connections', counters?.connections ?? 0), counter('DialFail', 'Failed dials', counters?.dialFailures)
  ]
}

const glbs: Figures<'glbs'> = async (_, stats) => ({ entity, status }) => {
  const counters = countersOf(stats, 'glbs', entity.name)
  return [figure('State', 'State', stateWord(status)), counter('Hits', 'Vserver hits', counters?.picks), counter('Fallback', 'Clients of the fallback', counters?.fallback), counter('NoPool', 'Clients without a pool', counters?.noService)]
}

const extensions: Figures<'extensions'> = async (_, stats) => ({ entity, status }) => {
  const counters = countersOf(stats, 'extensions', entity.name)
  return [
    figure('State', 'State', stateWord(status)), counter('Hits', 'Messages', counters?.messages), counter('Undef', 'Undefined: malformed messages and exceptions', (counters?.malformed ?? 0) + (counters?.throws ?? 0)),
    counter('Halts', 'Halts: time-outs, exceeded heaps, crashes', (counters?.timeouts ?? 0) + (counters?.memoryKills ?? 0) + (counters?.crashes ?? 0) + (counters?.lost ?? 0)),
    counter('Forwarded', 'Forwarded', counters?.forwarded), counter('Dropped', 'Dropped', counters?.dropped), counter('Rejected', 'Rejected', counters?.rejected), counter('CpuMs', 'Time in the sandbox (ms)', Math.round(counters?.cpuMs ?? 0))
  ]
}

const figures = { userVservers, lbVservers, services, glbs, extensions } as const
/** Collections that have statistics. */
export type Counted = keyof typeof figures

/** True for a collection that `stat` is about. */
export const isCounted = (collection: CollectionName): collection is Counted => collection in figures

/** Statistics of one entity, each on a line with its rate; or of all, a line each. */
export const statEntities = (collection: Counted) => async (weir: Weir, call: Call): Promise<Shown> => {
  const name = call.given.get('name')?.value as string | undefined
  const [entities, stats] = await Promise.all([seen(weir, collection, name), weir.stats()])
  const figuresOf = await (figures[collection] as Figures<CollectionName>)(weir, stats)
  const all = entities.map(one => ({ name: one.entity.name, figures: figuresOf(one) }))
  const counters = new Map(all.flatMap(({ name, figures }) => figures.flatMap(({ title, value, counter }) => counter === true ? [[`${name} ${title}`, value as number] as const] : [])))
  const rate = ratesOf(weir, `${collection} ${name ?? ''}`, counters)
  const data = all.map(({ name, figures }) => ({ name, ...Object.fromEntries(figures.map(({ title, value }) => [title, value])), rates: Object.fromEntries(figures.flatMap(({ title, counter }) => {
    const perSecond = counter === true ? rate(`${name} ${title}`) : undefined
    return perSecond === undefined ? [] : [[title, perSecond]]
  })) }))
  if (name === undefined) return { text: list(all.map(({ name, figures }) => ({ name, figures })), call.context.columns), data }
  const rows = all[0]!.figures.map(({ title, long, value, counter }) => {
    const perSecond = counter === true ? rate(`${name} ${title}`) : undefined
    return [long, perSecond === undefined ? '' : perSecond.toFixed(1), String(value)]
  })
  return { text: lines(0, name) + table([{ title: '' }, { title: 'Rate (/s)', right: true }, { title: 'Total', right: true }], rows, call.context.columns), data: data[0] }
}

const list = (all: readonly { readonly name: string, readonly figures: readonly Figure[] }[], width: number): string => {
  const first = all[0]?.figures ?? []
  const columns: Column[] = [{ title: 'Name' }, ...first.map(({ title, value }): Column => typeof value === 'number' ? { title, right: true } : { title })]
  return table(columns, all.map(({ name, figures }) => [name, ...figures.map(({ value }) => String(value))]), width)
}
