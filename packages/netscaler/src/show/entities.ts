import { endpointText, type CollectionName } from '@weirlb/model'
import type { Weir } from '@weirlb/core'
import type { Call, Shown } from '../grammar/command.ts'
import { capitals } from '../words/capitals.ts'
import { yesNo } from './amounts.ts'
import { servicesUp } from './health.ts'
import { lines, table } from './layout.ts'
import { countersOf, seen, sinceLines, stateLine, stateWord, sumOf, type Seen } from './live.ts'

/** What `show` prints of an entity: a heading, and lines below it. `detail`: it is the only one. */
type Printer<C extends CollectionName> = (
  weir: Weir
) => Promise<(one: Seen<C>, detail: boolean) => { readonly heading: string, readonly below: string }>

const comment = ({ comment }: { readonly comment?: string | undefined }): string | undefined =>
  comment === undefined ? undefined : `Comment: "${comment}"`

const extensions: Printer<'extensions'> = async weir => {
  const stats = await weir.stats()
  return ({ entity, status }, detail) => {
    const counters = countersOf(stats, 'extensions', entity.name)
    const versions = status.versions ?? []
    const functions = Object.entries(counters?.functions ?? {})
    return {
      heading: `Name: ${entity.name}\tType: Extension\tSrc: ${
        entity.builtin === undefined ? 'imported' : `built-in ${entity.builtin}`
      }`,
      below:
        lines(
          1,
          stateLine(status),
          ...sinceLines(status),
          `Trace: ${weir.traces.get(entity.name).level}`,
          `Hits: ${counters?.messages ?? 0}\tUndef hits: ${
            (counters?.malformed ?? 0) + (counters?.throws ?? 0)
          }\tHalt count: ${
            (counters?.timeouts ?? 0) + (counters?.memoryKills ?? 0) + (counters?.crashes ?? 0) + (counters?.lost ?? 0)
          }`,
          `Forwarded: ${counters?.forwarded ?? 0}\tDropped: ${counters?.dropped ?? 0}\tRejected: ${
            counters?.rejected ?? 0
          }`,
          comment(entity)
        ) +
        (detail
          ? versions.map(({ version, status, connections, accepted, errors, up }) =>
            lines(
              1,
              `Version ${version}: ${status}\tConnections: ${connections} (${accepted} accepted)\tErrors: ${errors}\tWorkers: ${up}`
            )
          ).join('') + functions.map(([name, { hits, undef, halts }], i) =>
            lines(1, `${i + 1})\tFunction: ${name}\tHits: ${hits}\tUndef hits: ${undef}\tHalt count: ${halts}`)
          ).join('')
          : '')
    }
  }
}

const userProtocols: Printer<'userProtocols'> = async () => ({ entity, status }) => ({
  heading: `Name: ${entity.name}\tTransport: ${entity.transport.toUpperCase()}${
    entity.extension === undefined ? '' : `\tExtension: ${entity.extension}`
  }`,
  below: lines(1, status.value === 'up' ? undefined : stateLine(status), comment(entity))
})

const services: Printer<'services'> = async weir => {
  const stats = await weir.stats()
  const names = weir.services.list().map(({ name }) => name)
  const health = new Map(
    await Promise.all(names.map(async name => [name, await weir.services.health(name).catch(() => undefined)] as const))
  )
  return ({ entity, status }, detail) => {
    const counters = countersOf(stats, 'services', entity.name)
    const probed = health.get(entity.name)
    return {
      heading: `${entity.name} (${endpointText(entity.address, entity.port)}) - ${entity.type}`,
      below:
        lines(
          1,
          stateLine(status),
          ...sinceLines(status),
          `Max Conn: ${entity.maxClients}\tCurrent connections: ${counters?.connections ?? 0}\tEstablished: ${
            counters?.established ?? 0
          }\tFailed dials: ${counters?.dialFailures ?? 0}`,
          comment(entity)
        ) +
        (detail
          ? (probed?.monitors ?? []).map(({ name, type, weight, health, reason }, i) =>
            lines(
              1,
              `${i + 1})\tMonitor Name: ${
                name ?? `${type}-default`
              }\tState: ${health.toUpperCase()}\tWeight: ${weight}${
                reason === undefined ? '' : `\tLast response: ${reason}`
              }`
            )
          ).join('')
          : '')
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
      below:
        lines(
          1,
          stateLine(status),
          ...sinceLines(status),
          `Down state flush: ${entity.onDown === 'close' ? 'ENABLED' : 'DISABLED'}`,
          `No. of Bound Services: ${total} (Total)\t${active} (Active)\tHealth: ${percent}%`,
          `Configured Method: ${capitals(entity.method)}`,
          `Persistence: ${capitals(type)}${
            type === 'none'
              ? ''
              : `\tPersistence Timeout: ${timeoutSeconds / 60} min\tEntries: ${counters?.sessions ?? 0}`
          }`,
          `Hits: ${counters?.picks ?? 0}\tWithout a service: ${counters?.noService ?? 0}`,
          entity.backup === undefined ? undefined : `Backup: ${entity.backup}`,
          comment(entity)
        ) +
        (detail
          ? entity.services.map(({ name, weight }, i) => {
            const service = weir.services.get(name)?.value
            return lines(
              0,
              `${i + 1})\t${name}${
                service === undefined ? '' : ` (${endpointText(service.address, service.port)}) - ${service.type}`
              } State: ${stateWord(byName.get(name) ?? { value: 'unknown' })}\tWeight: ${weight}`
            )
          }).join('')
          : '')
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
      below:
        lines(
          1,
          stateLine(status),
          ...sinceLines(status),
          `Default LB: ${entity.defaultLb}`,
          `Hits: ${counters?.accepted ?? 0}\tCurrent connections: ${counters?.connections ?? 0}\tEstablished: ${
            counters?.established ?? 0
          }`,
          `Request bytes: ${counters?.bytesIn ?? 0}\tResponse bytes: ${counters?.bytesOut ?? 0}`,
          sumOf(counters?.requests) === 0 ? undefined : `Requests: ${sumOf(counters?.requests)}`,
          params.length === 0
            ? undefined
            : `Params: ${
              params.map(([name, value]) =>
                `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`
              ).join(' ')
            }`,
          comment(entity)
        ) +
        (detail
          ? entity.certificates.map((name, i) =>
            lines(0, `${i + 1})\tCertKey Name: ${name}\tServer Certificate${i === 0 ? ', default' : ' by name (SNI)'}`)
          ).join('') + entity.tls.clientCa.map(name => lines(0, `\tCertKey Name: ${name}\tCA Certificate`)).join('')
          : '')
    }
  }
}

const serviceGroups: Printer<'serviceGroups'> = async weir => {
  const stats = await weir.stats()
  return ({ entity, status }, detail) => {
    const members = status.members ?? []
    const up = members.filter(({ value }) => value === 'up').length
    return {
      heading: `${entity.name} - ${entity.type}`,
      below:
        lines(
          1,
          stateLine(status),
          ...sinceLines(status),
          `No. of Members: ${members.length} (Total)\t${up} (Active)`,
          `Max Conn: ${entity.maxClients}\tCurrent connections: ${
            members.reduce((sum, { connections }) => sum + connections, 0)
          }`,
          comment(entity)
        ) +
        (detail
          ? members.map(({ name, value, reason, weight, connections }, i) => {
            const counters = countersOf(stats, 'services', name)
            return lines(
              0,
              `${i + 1})\t${name}\tState: ${
                stateWord({ value })
              }\tWeight: ${weight}\tConnections: ${connections}\tHits: ${counters?.dialled ?? 0}${
                reason === undefined ? '' : `\t${reason}`
              }`
            )
          }).join('')
          : '')
    }
  }
}

const certkeys: Printer<'certkeys'> = async () => ({ entity, status }) => {
  const { certificate, authorities = [] } = status
  return {
    heading: `Name: ${entity.name}\tStatus: ${stateWord(status)}${
      status.reason === undefined ? '' : ` - ${status.reason}`
    }`,
    below: lines(
      1,
      entity.certFile === undefined ? undefined : `Cert Path: ${entity.certFile}`,
      entity.keyFile === undefined ? undefined : `Key Path: ${entity.keyFile}`,
      `Private key: ${yesNo(status.hasKey === true)}`,
      authorities.length === 0 ? undefined : `Authorities: ${authorities.length}`,
      certificate === undefined ? undefined : `Subject: ${certificate.subject}\tNames: ${certificate.names.join(', ')}`,
      certificate === undefined
        ? undefined
        : `Public key: ${certificate.keyType}\tValid until: ${certificate.notAfter}`,
      comment(entity)
    )
  }
}

const glbs: Printer<'glbs'> = async weir => {
  const [stats, up] = await Promise.all([weir.stats(), servicesUp(weir)])
  return ({ entity, status }) => {
    const counters = countersOf(stats, 'glbs', entity.name)
    const { hosts = [], sni = [], path } = entity.match
    return {
      heading: `${entity.name} - ${capitals(entity.steering)}`,
      below:
        lines(
          1,
          stateLine(status),
          ...sinceLines(status),
          hosts.length + sni.length === 0 ? undefined : `Names: ${[...hosts, ...sni].join(', ')}`,
          path === undefined ? undefined : `Path: ${path}`,
          `Hits: ${counters?.picks ?? 0}`,
          comment(entity)
        ) +
        entity.pools.map(({ name, weight, minimumUp }, i) =>
          lines(
            0,
            `${i + 1})\t${name}\tWeight: ${weight}\tActive services: ${up(name).up} of ${
              up(name).total
            } (at least ${minimumUp})\tHits: ${counters?.pools[name] ?? 0}`
          )
        ).join('')
    }
  }
}

/** A user vserver as content switching sees it: the GLBs that lead its clients, and where the others go. */
const csVservers: Printer<'userVservers'> = async weir => {
  const [stats, states] = await Promise.all([weir.stats(), weir.glbs.statuses()])
  const byName = new Map(states.map(({ name, status }) => [name, status]))
  return ({ entity, status }, detail) => {
    const { address, port } = status.listening ?? entity
    return {
      heading: `${entity.name} (${endpointText(address, port)}) - ${
        [entity.protocol, ...entity.protocols].join(', ')
      }\tType: CONTENT`,
      below:
        lines(
          1,
          stateLine(status),
          ...sinceLines(status),
          `Default: ${entity.defaultLb}\tPolicies: ${entity.glbs.length}`,
          `Hits: ${countersOf(stats, 'userVservers', entity.name)?.accepted ?? 0}`,
          comment(entity)
        ) +
        (detail
          ? entity.glbs.map((name, i) => {
            const glb = weir.glbs.get(name)?.value
            const { hosts = [], sni = [], path } = glb?.match ?? {}
            const found = [...hosts, ...sni].join(', ') + (path ?? '')
            return lines(
              0,
              `${i + 1})\tContent-Switching Policy: ${name}\tMatch: ${found}\tTarget LB vserver: ${
                (glb?.pools ?? []).map(pool => pool.name).join(', ')
              }\tState: ${stateWord(byName.get(name) ?? { value: 'unknown' })}\tHits: ${
                countersOf(stats, 'glbs', name)?.picks ?? 0
              }`
            )
          }).join('')
          : '')
    }
  }
}

const rules: Printer<'rules'> = async weir => {
  const stats = await weir.stats()
  return ({ entity, status }) => {
    const counters = countersOf(stats, 'rules', entity.name)
    return {
      heading: `${entity.name} - ${capitals(entity.action)}${
        entity.phase === undefined ? '' : `\tPhase: ${entity.phase}`
      }\tPriority: ${entity.priority}`,
      below: lines(
        1,
        stateLine(status),
        `Expression: ${entity.expression}`,
        `User vservers: ${entity.vservers.join(', ') || 'all'}`,
        `Hits: ${counters?.matched ?? 0}\tBlocked: ${counters?.blocked ?? 0}`,
        comment(entity)
      )
    }
  }
}

const printers = {
  extensions,
  userProtocols,
  services,
  serviceGroups,
  lbVservers,
  userVservers,
  certkeys,
  glbs,
  rules
} as const
/** Collections that have a form of their own. */
type Printed = keyof typeof printers

/** Show one entity, or all of a collection. */
export const showEntities = (collection: CollectionName) => async (weir: Weir, call: Call): Promise<Shown> =>
  await shown(
    weir,
    call,
    collection,
    collection in printers ? printers[collection as Printed] as Printer<CollectionName> : undefined
  )

/** `show cs vserver`. */
export const showCsVservers = async (weir: Weir, call: Call): Promise<Shown> =>
  await shown(weir, call, 'userVservers', csVservers as Printer<CollectionName>)

const shown = async (
  weir: Weir,
  call: Call,
  collection: CollectionName,
  printer: Printer<CollectionName> | undefined
): Promise<Shown> => {
  const name = call.given.get('name')?.value as string | undefined
  const entities = await seen(weir, collection, name)
  const data = entities.map(({ entity, status }) => ({ ...withoutCode(entity), status }))
  const print = await printer?.(weir)
  const text = print === undefined
    ? name !== undefined
      ? entities.map(plain).join('')
      : table(
        [{ title: 'NAME' }, { title: 'STATE' }],
        entities.map(({ entity, status }) => [entity.name, stateWord(status)]),
        call.context.columns
      )
    : entities.map((one, i) => {
        const { heading, below } = print(one, name !== undefined)
        return lines(0, `${name === undefined ? `${i + 1})\t` : '\t'}${heading}`) + below
      }).join('')
  return { text, data: name === undefined ? data : data[0] }
}

/** An entity that has no form of its own: its fields as the configuration has them. */
const plain = ({ entity, status }: Seen<CollectionName>): string =>
  lines(0, `\t${entity.name}`) +
  lines(
    1,
    stateLine(status),
    ...sinceLines(status),
    ...Object.entries(withoutCode(entity)).flatMap(([field, value]: [string, unknown]) =>
      field === 'name' || value === undefined
        ? []
        : [`${field}: ${typeof value === 'string' ? value : JSON.stringify(value)}`]
    )
  )

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
