// What the parameters of a user vserver come to, worked out once.
import { param, type ParamsOf } from '@weirlb/sdk'
import { TopicRules } from './rules/topic-rules.ts'

/** Parameters of a user vserver. */
export const params = {
  /** `connect`: read CONNECT and get out of the way. `messages`: see every packet of both directions. What needs to see them makes it so by itself. */
  inspect: param.oneOf('connect', ['connect', 'messages']),
  /** Let clients connect without a client ID where their version allows it. */
  allowEmptyClientId: param.boolean(true),
  /** Publish `mqtt.connect.username`. Off: user names are identities, and logs travel. */
  publishUsername: param.boolean(false),
  /** Read every MQTT 5 CONNACK for a Server Keep Alive, which replaces the client's: one crossing more per connection. Needed where servers raise it. */
  honourServerKeepAlive: param.boolean(false),
  /** Who may publish and subscribe where; the first that matches decides. */
  topicRules: param.list({
    effect: param.oneOf('deny', ['allow', 'deny']),
    on: param.oneOf('both', ['publish', 'subscribe', 'both']),
    topic: param.string('#'),
    clientId: param.string('*'),
    userName: param.string('*')
  }, { max: 1024 }),
  /** What happens to a topic that no rule matches. */
  topicDefault: param.oneOf('allow', ['allow', 'deny']),
  /** What a 3.x client gets whose PUBLISH of QoS 1 or 2 is denied, for which its version has no words: an acknowledgement and nothing else, or the end. */
  deniedPublish: param.oneOf('acknowledge', ['acknowledge', 'close']),
  /** Largest packet of a client in bytes, header included; 0 is no limit. */
  maxPacketBytes: param.int(0, { min: 0, max: 268_435_460 }),
  /** Put in front of every client ID before the server sees it. */
  clientIdPrefix: param.string(''),
  /** The user name that the server sees; `%u` stands for the client's own, `%c` for its client ID. Empty: as it is. */
  userName: param.string(''),
  /** How a connection ends for a cause that passes: a plain close, which brings most clients back, or a CONNACK or DISCONNECT that names it. */
  temporaryEnd: param.oneOf('close', ['close', 'goodbye']),
  /** How a connection ends for a cause that the client would meet again: it is refused, or its packets are malformed. */
  finalEnd: param.oneOf('goodbye', ['goodbye', 'close']),
  /** What MQTT 5 clients do when their vserver or their service is taken away: come back, as after any temporary end, or go to another server, which a reason tells them. */
  onDrain: param.oneOf('come-back', ['come-back', 'use-another-server']),
  /** Server Reference that goes with `use-another-server`. */
  serverReference: param.string('')
}

export type Params = ParamsOf<typeof params>

export interface Policy {
  /** Every packet of both directions is seen. */
  readonly messages: boolean
  readonly rules: TopicRules | undefined
}

const policies = new WeakMap<Params, Policy>()

/** The policy behind parameters, which stay the same object as long as they are the same. */
export const policyOf = (given: Params): Policy => {
  const known = policies.get(given)
  if (known !== undefined) return known
  const ruled = given.topicRules.length > 0 || given.topicDefault === 'deny'
  const policy = {
    // A rule that is not kept would be worse than none.
    messages: given.inspect === 'messages' || ruled || given.maxPacketBytes > 0,
    rules: ruled ? new TopicRules(given.topicRules, given.topicDefault) : undefined
  }
  policies.set(given, policy)
  return policy
}
