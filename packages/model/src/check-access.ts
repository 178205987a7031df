import type { Config } from './config.ts'
import { describeChoices } from './describe-value.ts'
import { firstByName, type Finding } from './finding.ts'
import { protocolsOf, speaks, transportsText } from './vserver-protocols.ts'

/** Clients come from addresses, autonomous systems and countries; a list of other texts says nothing of them. */
export function * sourceLists ({ accessRules, lockdowns, lists }: Config): Generator<Finding> {
  const byName = firstByName(lists)
  const sources = [
    ...accessRules.map(({ source }, i) => [`accessRules[${i}].source`, source] as const),
    ...lockdowns.flatMap(({ sources }, i) =>
      sources.map((source, n) => [`lockdowns[${i}].sources[${n}]`, source] as const)
    )
  ]
  for (const [path, source] of sources) {
    if (!source.startsWith('$') || byName.get(source.slice(1))?.type !== 'string') continue
    const choices = describeChoices(lists.filter(({ type }) => type !== 'string').map(({ name }) => `$${name}`))
    yield {
      code: 'config-invalid',
      path,
      message: `${source} is a list of strings, and no client comes from one; there are: ${choices}`
    }
  }
}

/** A challenge is a response to an HTTP request. */
export function * accessChallenges (config: Config): Generator<Finding> {
  const protocols = firstByName(config.userProtocols)
  for (const [i, { action, vservers }] of config.accessRules.entries()) {
    if (action !== 'challenge') continue
    const raw = config.userVservers.find(vserver => {
      const spoken = protocolsOf(vserver, name => protocols.get(name))
      return (vservers.length === 0 || vservers.includes(vserver.name)) && spoken.length > 0 && !speaks(spoken, 'http')
    })
    if (raw !== undefined)
      yield {
        code: 'config-invalid',
        path: `accessRules[${i}].vservers`,
        message: `user vserver '${raw.name}' has no HTTP: its clients cannot pass a challenge; name others`
      }
  }
}

/** Paths and user agents are of HTTP requests, also of those that ask for a WebSocket. */
export function * requestGuards (config: Config): Generator<Finding> {
  const protocols = firstByName(config.userProtocols)
  const vservers = firstByName(config.userVservers)
  for (const collection of ['lockdowns', 'userAgentRules'] as const) {
    for (const [i, entity] of config[collection].entries()) {
      for (const [n, name] of entity.vservers.entries()) {
        const vserver = vservers.get(name)
        if (vserver === undefined) continue
        const spoken = protocolsOf(vserver, each => protocols.get(each))
        if (spoken.length === 0 || speaks(spoken, 'http')) continue
        yield {
          code: 'config-invalid',
          path: `${collection}[${i}].vservers[${n}]`,
          message: `user vserver '${name}' takes no HTTP requests: ${transportsText(spoken)}`
        }
      }
    }
  }
}
