import { endpointText, type CollectionName } from '@weirlb/model'
import type { Weir } from '@weirlb/core'
import type { Call, Shown } from '../grammar/command.ts'
import { capitals } from '../words/capitals.ts'
import { duration, yesNo } from './amounts.ts'
import { servicesUp } from './health.ts'
import { lines, table } from './layout.ts'
import { countersOf, seen, stateLine, stateWord, sumOf, type Seen } from './live.ts'

/** What `show` prints of an entity: a heading, and lines below it. `detail`: it is the only one. */
type Printer<C extends CollectionName> = (weir: Weir) => Promise<(one: Seen<C>, detail: boolean) => { readonly heading: string, readonly below: string }>

const comment = ({ comment }: { readonly comment?: string | undefined }): string | undefined => comment === undefined ? undefined : `Comment: "${comment}"`

const extensions: Printer<'extensions'> = async weir => {
  const stats = await weir.stats()
  return ({ entity, status }, detail) => {
    const counters = countersOf(stats, 'extensions', entity.name)
    const versions = status.versions ?? []
    const functions = ['message', ...Object.entries(status.declaration?.hooks ?? {}).filter(([, there]) => there).map(([name]) => name)]
    return {
      heading: `Name: ${entity.name}\tType: Extension\tSrc: ${entity.builtin === undefined ? 'imported' : `built-in ${entity.builtin}`}`,
      below: lines(1,
        stateLine(status), `Trace: ${weir.traces.get(entity.name).level}`,
        `Hits: ${counters?.messages ?? 0}\tUndef hits: ${(counters?.malformed ?? 0) + (counters?.throws ?? 0)}\tHalt count: ${(counters?.timeouts ?? 0) + (counters?.memoryKills ?? 0) + (counters?.crashes ?? 0) + (counters?.lost ?? 0)}`,
        `Forwarded: ${counters?.forwarded ?? 0}\tDropped: ${counters?.dropped ?? 0}\tRejected: ${counters?.rejected ?? 0}`,
        comment(entity)) +
        (detail ? versions.map(({ version, status, connections, accepted, errors, up }) => lines(1, `Version ${version}: ${status}\tConnections: ${connections} (${accepted} accepted)\tErrors: ${errors}\tWorkers: ${up}`)).join('') + functions.map((name, i) => lines(1, `${i + 1})\tFunction: ${name}\tActive: YES`)).join('') : '')
    }
  }
}

const userProtocols: Printer<'userProtocols'> = async () => ({ entity, status }) => ({
  heading: `Name: ${entity.name}\tTransport: ${entity.transport.toUpperCase()}${entity.extension === undefined ? '' : `\tExtension: ${entity.extension}`}`,
  below: lines(1, status.value === 'up' ? undefined : stateLine(status), comment(entity))
})

const services: Printer<'services'> = async weir => {
  const stats = await weir.stats()
  const names = weir.services.list().map(({ name }) => name)
  const health = new Map(await Promise.all(names.map(async name => [name, await weir.services.health(name).catch(() => undefined)] as const)))
  return ({ entity, status }, detail) => {
    const counters = countersOf(stats, 'services', entity.name)
    const probed = health.get(entity.name)
    const now = Date.now()
    return {
      heading: `${entity.name} (${endpointText(entity.address, entity.port)}) - ${entity.type}`,
      below: lines(1,
        stateLine(status),
        probed === undefined ? undefined : `Last state change was at ${new Date(probed.since).toISOString()}`,
        probed === undefined ? undefined : `Time since last state change: ${duration((now - probed.since) / 1000)}`,
        `Max Conn: ${entity.maxClients}\tCurrent connections: ${counters?.connections ?? 0}\tFailed dials: ${counters?.dialFailures ?? 0}`, comment(entity)) +
        (detail ? (probed?.monitors ?? []).map(({ name, type, weight, health, reason }, i) => lines(1, `${i + 1})\tMonitor Name: ${name ?? `${type}-default`}\tState: ${health.toUpperCase()}\tWeight: ${weight}${reason === undefined ? '' : `\tLast response: ${reason}`}`)).join('') : '')
    }
  }
}

const lbVservers: Printer<'lbVservers'> = async weir => {
  const [stats, up, states] = await Promise.all([weir.stats(), servicesUp(weir), weir.services.statuses()])
  const byName = new Map(states.map(({ name, status }) => [name, status]))
  return ({ entity, status }, detail) => {
    const counters = countersOf(stats, 'lbVservers', entity.name)
    const { total, up: active, percent } = up(entity.name)
    const { type, timeoutSeconds } = entity.persistence
    return {
      heading: `${entity.name} (*:0) - ${entity.type}\tType: ADDRESS`,
      below: lines(1,
        stateLine(status),
        `Down state flush: ${entity.onDown === 'close' ? 'ENABLED' : 'DISABLED'}`,
        `No. of Bound Services: ${total} (Total)\t${active} (Active)\tHealth: ${percent}%`,
        `Configured Method: ${capitals(entity.method)}`,
        `Persistence: ${capitals(type)}${type === 'none' ? '' : `\tPersistence Timeout: ${timeoutSeconds / 60} min\tEntries: ${counters?.sessions ?? 0}`}`,
        `Hits: ${counters?.picks ?? 0}\tWithout a service: ${counters?.noService ?? 0}`,
        entity.backup === undefined ? undefined : `Backup: ${entity.backup}`, comment(entity)) +
        (detail ? entity.services.map(({ name, weight }, i) => {
          const service = weir.services.get(name)?.value
          return lines(0, `${i + 1})\t${name}${service === undefined ? '' : ` (${endpointText(service.address, service.port)}) - ${service.type}`} State: ${stateWord(byName.get(name) ?? { value: 'unknown' })}\tWeight: ${weight}`)
        }).join('') : '')
    }
  }
}

const userVservers: Printer<'userVservers'> = async weir => {
  const stats = await weir.stats()
  return ({ entity, status }, detail) => {
    const counters = countersOf(stats, 'userVservers', entity.name)
    const { address, port } = status.listening ?? entity
    const params = Object.entries(entity.params)
    return {
      heading: `${entity.name} (${endpointText(address, port)}) - ${[entity.protocol, ...entity.protocols].join(', ')}`,
      below: lines(1,
        stateLine(status), `Default LB: ${entity.defaultLb}`,
        `Hits: ${counters?.accepted ?? 0}\tCurrent connections: ${counters?.connections ?? 0}`,
        `Request bytes: ${counters?.bytesIn ?? 0}\tResponse bytes: ${counters?.bytesOut ?? 0}`,
        sumOf(counters?.requests) === 0 ? undefined : `Requests: ${sumOf(counters?.requests)}`,
        params.length === 0 ? undefined : `Params: ${params.map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`).join(' ')}`,
        comment(entity)) +
        (detail ? entity.certificates.map((name, i) => lines(0, `${i + 1})\tCertKey Name: ${name}\tServer Certificate${i === 0 ? ', default' : ' by name (SNI)'}`)).join('') + entity.tls.clientCa.map(name => lines(0, `\tCertKey Name: ${name}\tCA Certificate`)).join('') : '')
    }
  }
}

const certkeys: Printer<'certkeys'> = async () => ({ entity, status }) => {
  const { certificate, authorities = [] } = status
  return {
    heading: `Name: ${entity.name}\tStatus: ${stateWord(status)}${status.reason === undefined ? '' : ` - ${status.reason}`}`,
    below: lines(1,
      entity.certFile === undefined ? undefined : `Cert Path: ${entity.certFile}`, entity.keyFile === undefined ? undefined : `Key Path: ${entity.keyFile}`,
      `Private key: ${yesNo(status.hasKey === true)}`, authorities.length === 0 ? undefined : `Authorities: ${authorities.length}`, certificate === undefined ? undefined : `Subject: ${certificate.subject}\tNames: ${certificate.names.join(', ')}`,
      certificate === undefined ? undefined : `Public key: ${certificate.keyType}\tValid until: ${certificate.notAfter}`, comment(entity))
  }
}

const glbs: Printer<'glbs'> = async weir => {
  const [stats, up] = await Promise.all([weir.stats(), servicesUp(weir)])
  return ({ entity, status }) => {
    const counters = countersOf(stats, 'glbs', entity.name)
    const { hosts = [], sni = [], path } = entity.match
    return {
      heading: `${entity.name} - ${capitals(entity.steering)}`,
      below: lines(1, stateLine(status), hosts.length + sni.length === 0 ? undefined : `Names: ${[...hosts, ...sni].join(', ')}`, path === undefined ? undefined : `Path: ${path}`, `Hits: ${counters?.picks ?? 0}`, comment(entity)) +
        entity.pools.map(({ name, weight, minimumUp }, i) => lines(0, `${i + 1})\t${name}\tWeight: ${weight}\tActive services: ${up(name).up} of ${up(name).total} (at least ${minimumUp})\tHits: ${counters?.pools[name] ?? 0}`)).join('')
    }
  }
}

const printers = { extensions, userProtocols, services, lbVservers, userVservers, certkeys, glbs } as const
/** Collections that have a form of their own. */
type Printed = keyof typeof printers

/** Show one entity, or all of a collection. */
export const showEntities = (collection: CollectionName) => async (weir: Weir, call: Call): Promise<Shown> => {
  const name = call.given.get('name')?.value as string | undefined
  const entities = await seen(weir, collection, name)
  const data = entities.map(({ entity, status }) => ({ ...withoutCode(entity), status }))
  const print = collection in printers ? await (printers[collection as Printed] as Printer<CollectionName>)(weir) : undefined
  const text = print === undefined
    ? table([{ title: 'NAME' }, { title: 'STATE' }], entities.map(({ entity, status }) => [entity.name, stateWord(status)]), call.context.columns)
    : entities.map((one, i) => {
        const { heading, below } = print(one, name !== undefined)
        return lines(0, `${name === undefined ? `${i + 1})\t` : '\t'}${heading}`) + below
      }).join('')
  return { text, data: name === undefined ? data : data[0] }
}

/** The text of an extension is long, and its owner has it. */
const withoutCode = (entity: object): object => {
  const { source, ...rest } = entity as { readonly source?: unknown }
  return source === undefined ? entity : { ...rest, imported: true }
}

/** Count the entities of a collection. */
export const countEntities = (collection: CollectionName) => (weir: Weir): Shown => {
  const count = weir.collection(collection).list().length
  return { text: `${count}\n`, data: { count } }
}
