// Whether the clients of an LB vserver or a GLB can have the keys that its persistence is by.
import type { Config, Entity } from './config.ts'
import { describeChoices } from './describe-value.ts'
import { firstByName, type Finding } from './finding.ts'
import { httpServices, layersOf, type StackedLayer } from './layers.ts'
import { type Persistence, type PersistenceType, persistenceTypes } from './persistence.ts'
import { mayStartTls, protocolsOf } from './vserver-protocols.ts'

/** A layer that clients need for keys of a type, and what the layer is for people. */
const needs: { readonly [T in PersistenceType]?: { readonly layer: StackedLayer, readonly speaks: string } } = {
  'ssl-session': { layer: 'tls', speaks: 'TLS' },
  cookie: { layer: 'http', speaks: 'HTTP' }
}

interface Kept {
  readonly path: string
  /** For people. */
  readonly what: string
  readonly persistence: Persistence
  readonly requests: boolean
  /** User vservers that lead clients there; undefined: no check. */
  readonly reachedBy: readonly Entity<'userVservers'>[]
}

/** Persistence types have to suit the clients. Where no user vserver leads clients there yet, anything may come. */
export function * persistenceKinds (config: Config): Generator<Finding> {
  const protocols = firstByName(config.userProtocols)
  for (const { path, what, persistence, requests, reachedBy } of keptOf(config)) {
    for (const place of ['type', 'secondary'] as const) {
      const type = persistence[place]
      if (type === undefined || type === 'none') continue
      const fault = (at: string, message: string): Finding => ({
        code: 'config-invalid',
        path: `${path}.${at}`,
        message
      })
      if (requests && type === 'user-session') {
        const choices = describeChoices(['none', ...persistenceTypes.filter(each => each !== 'user-session')])
        yield fault(
          place,
          `HTTP requests have no session key of an extension, so ${what} takes one of ${choices}; got "${type}"`
        )
      }
      if (requests && type === 'rule' && persistence.rule?.field !== undefined)
        yield fault('rule.field', `no extension publishes fields of HTTP requests, so ${what} takes a \`header\``)
      const need = type === 'rule' && persistence.rule?.header !== undefined ? needs.cookie : needs[type]
      if (need === undefined || reachedBy.length === 0) continue
      const able = reachedBy.some(vserver => {
        const spoken = protocolsOf(vserver, name => protocols.get(name))
        return spoken.length === 0 || spoken.some(({ transport }) => layersOf(transport).includes(need.layer)) ||
          (need.layer === 'tls' && mayStartTls(spoken))
      })
      if (!able)
        yield fault(
          place,
          `${what} keeps clients by "${type}", and none speaks ${need.speaks} at the user vservers that lead there: ${
            describeChoices(reachedBy.map(({ name }) => name))
          }`
        )
    }
  }
}

function * keptOf (config: Config): Generator<Kept> {
  const lbs = firstByName(config.lbVservers)
  const reached = reachedLbs(config)
  for (const [i, lb] of config.lbVservers.entries()) {
    yield {
      path: `lbVservers[${i}].persistence`,
      what: `LB vserver '${lb.name}'`,
      persistence: lb.persistence,
      requests: httpServices.has(lb.type),
      reachedBy: reached.get(lb.name) ?? []
    }
  }
  for (const [i, glb] of config.glbs.entries()) {
    const first = lbs.get(glb.pools[0]!.name)
    if (first === undefined || !glb.proxied) continue
    yield {
      path: `glbs[${i}].affinity`,
      what: `GLB '${glb.name}'`,
      persistence: glb.affinity,
      requests: httpServices.has(first.type),
      reachedBy: config.userVservers.filter(({ glbs }) => glbs.includes(glb.name))
    }
  }
}

/** By LB vserver, the user vservers whose clients may come there. */
const reachedLbs = (config: Config): Map<string, Entity<'userVservers'>[]> => {
  const lbs = firstByName(config.lbVservers)
  const glbs = firstByName(config.glbs)
  const reached = new Map<string, Entity<'userVservers'>[]>()
  for (const vserver of config.userVservers) {
    const waiting = [
      vserver.defaultLb,
      ...vserver.lbVservers,
      ...(vserver.http?.defaultLb === undefined ? [] : [vserver.http.defaultLb])
    ]
    for (const name of vserver.glbs) {
      const glb = glbs.get(name)
      if (glb !== undefined)
        waiting.push(...glb.pools.map(pool => pool.name), ...(glb.fallback === undefined ? [] : [glb.fallback]))
    }
    const seen = new Set<string>()
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      if (seen.has(name)) continue
      seen.add(name)
      const by = reached.get(name)
      if (by === undefined) reached.set(name, [vserver])
      else by.push(vserver)
      const backup = lbs.get(name)?.backup
      if (backup !== undefined) waiting.push(backup)
    }
  }
  return reached
}
