// The settings derived from a user vserver's parameters, computed once.
import { param, type ParamsOf } from '@weirlb/sdk'
import { identityKinds } from './identity.ts'
import { TopicRules } from './rules/topic-rules.ts'

/** Parameters of a user vserver. */
export const params = {
  /**
   * `connect`: read CONNECT and then tunnel. `messages`: inspect every packet of both directions. Settings that need
   * inspection imply it.
   */
  inspect: param.oneOf(['connect', 'messages'], { default: 'connect' }),
  /** Let clients connect without a client ID where their version allows it. */
  allowEmptyClientId: param.boolean({ default: true }),
  /** Publish `mqtt.connect.username`. Off: user names are identities, and logs travel. */
  publishUsername: param.boolean({ default: false }),
  /**
   * Read every MQTT 5 CONNACK for a Server Keep Alive, which replaces the client's: one crossing more per connection.
   * Needed where servers raise it.
   */
  honourServerKeepAlive: param.boolean({ default: false }),
  /**
   * Read every CONNACK, so that monitors of type `passive` count those that say that the server serves nobody: one
   * crossing more per connection.
   */
  countRefusals: param.boolean({ default: false }),
  /** Rules for publishing and subscribing; the first match decides. */
  topicRules: param.list({
    effect: param.oneOf(['allow', 'deny'], { default: 'deny' }),
    on: param.oneOf(['publish', 'subscribe', 'both'], { default: 'both' }),
    topic: param.string({ default: '#' }),
    clientId: param.string({ default: '*' }),
    userName: param.string({ default: '*' })
  }, { max: 1024 }),
  /** Applies to a topic that no rule matches. */
  topicDefault: param.oneOf(['allow', 'deny'], { default: 'allow' }),
  /**
   * The answer to a 3.x client's denied PUBLISH of QoS 1 or 2, for which its version has no packet: an
   * acknowledgement without effect, or the end of the connection.
   */
  deniedPublish: param.oneOf(['acknowledge', 'close'], { default: 'acknowledge' }),
  /** Largest packet of a client in bytes, header included; 0 is no limit. */
  maxPacketBytes: param.int({ default: 0, min: 0, max: 268_435_460 }),
  /** Put in front of every client ID before the server sees it. */
  clientIdPrefix: param.string({ default: '' }),
  /**
   * Who a client is: the ID in its CONNECT, or what TLS has proven. Token and session go by it, and a client without
   * one is refused.
   */
  identity: param.oneOf(identityKinds, { default: 'client-id' }),
  /** Refuse clients whose client ID is not their identity. */
  clientIdIsIdentity: param.boolean({ default: false }),
  /**
   * The user name that the server sees; `%u` stands for the client's own, `%c` for its client ID, `%i` for its
   * identity. Empty: unchanged.
   */
  userName: param.string({ default: '' }),
  /**
   * How a connection ends for a cause that passes: a plain close, which brings most clients back, or a CONNACK or
   * DISCONNECT that names it.
   */
  temporaryEnd: param.oneOf(['close', 'goodbye'], { default: 'close' }),
  /**
   * How a connection ends for a cause that the client would meet again: it is refused, or its packets are malformed.
   */
  finalEnd: param.oneOf(['goodbye', 'close'], { default: 'goodbye' }),
  /**
   * The treatment of MQTT 5 clients whose vserver or service is removed: `come-back` closes them like any temporary
   * end; `use-another-server` sends that reason.
   */
  onDrain: param.oneOf(['come-back', 'use-another-server'], { default: 'come-back' }),
  /** Server Reference that goes with `use-another-server`. */
  serverReference: param.string({ default: '' })
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
