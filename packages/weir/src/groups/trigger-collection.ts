import {
  hostOfHeader,
  layersOf,
  protocolsOf,
  type Config,
  type Transport,
  type Trigger,
  type UserVserver
} from '@weirlb/model'
import { inOrderOfDecision, triggerMatches } from '@weirlb/engine'
import type { MatchedUrl, TriggerMatches, Triggers } from '../api/collections.ts'
import { find } from '../config/entities.ts'
import { absoluteUrl } from './absolute-url.ts'
import type { Ground } from './entity-collection.ts'
import { SwitchableCollection } from './switchable-collection.ts'

/** Triggers, and which of them counts. */
export class TriggerCollection extends SwitchableCollection<'triggers'> implements Triggers {
  constructor (ground: Ground) { super('triggers', ground) }

  match (urls: readonly string[] = []): TriggerMatches {
    const { config } = this.editor
    const ordered = inOrderOfDecision(config.triggers)
    return {
      order: ordered.map(({ name }) => name),
      urls: urls.map((url, i) => matched(config, ordered, url, absoluteUrl(url, `urls[${i}]`)))
    }
  }
}

const matched = (config: Config, ordered: readonly Trigger[], text: string, { host, protocol }: URL): MatchedUrl => {
  const secure = protocol === 'https:'
  // As a client might send it, and not as a browser would.
  const target = /^[^:]+:\/\/[^/?#]*([^?#]*)/.exec(text)![1]!
  const matching = ordered.filter(trigger =>
    trigger.state === 'enabled' && triggerMatches(trigger, hostOfHeader(host), target === '' ? '/' : target, secure)
  )
  return {
    url: text,
    userVservers: config.userVservers.filter(vserver => takes(config, vserver, secure)).map(({ name }) => {
      const [first, ...others] = matching.filter(({ vservers }) => vservers.length === 0 || vservers.includes(name))
      return {
        userVserver: name,
        trigger: first?.name,
        edgeFunction: first?.function,
        others: others.map(trigger => trigger.name)
      }
    })
  }
}

/** A balancer in front, which speaks the PROXY protocol, may have ended TLS. */
const takes = (config: Config, vserver: UserVserver, secure: boolean): boolean =>
  protocolsOf(vserver, name => find(config, 'userProtocols', name)).some(({ transport }) =>
    isHttp(transport) && (vserver.proxyProtocol !== undefined || layersOf(transport).includes('tls') === secure)
  )

const isHttp = (transport: Transport): boolean => layersOf(transport).includes('http')
