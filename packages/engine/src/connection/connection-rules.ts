import type { CloseReason, UserVserver } from '@weirlb/model'
import type { ByteLink, ClientFacts } from '@weirlb/link'
import { EffectKind, Op, ThenIndex } from '@weirlb/sdk/abi'
import { CLIENT, type Side } from '../direction/side.ts'
import type { Direction, Judged } from '../direction/owner.ts'
import { coarseClock } from './coarse-clock.ts'
import { Pace, type Paced } from './pace.ts'
import type { AnswerReader } from '../extension/answer.ts'
import type { ActiveLimit } from '../gate/active-limit.ts'
import { behindProxies } from '../gate/behind-proxies.ts'
import type { Geo } from '../geo/geo.ts'
import type { Refusal } from '../gate/gate.ts'
import type { ActiveRules, MessageRules, VserverRules } from '../gate/rule-book.ts'
import { RuleSubject } from '../gate/rule-subject.ts'
import type { RuleMatches } from '../gate/rule-watch.ts'
import type { Phase } from '../servers/phase.ts'
import { applyEffects, applyWords, type EffectTarget, ENDED } from './effects.ts'

/** A connection as its rules see it. */
export interface RuledConnection extends EffectTarget, Paced {
  readonly since: number
  readonly client: ByteLink
  readonly phase: Phase
  readonly vserver: EffectTarget['vserver'] & {
    readonly name: string
    readonly config: UserVserver
    readonly rules: VserverRules | undefined
    readonly ruleMatches: RuleMatches
    readonly geo?: Geo | undefined
    /** True for a client that an access rule allows; undefined: there is no such rule. */
    readonly trusts?: ((client: ClientFacts) => boolean) | undefined
  }
  /** Fields that the extension has published, by the index of the declared field. */
  readonly fields: readonly (string | undefined)[] | undefined
  /** A rule or a rate limit blocks a message, and the protocol has no refusal of that alone. */
  onBlocked (judged: Direction, reason: CloseReason, detail: string): void
}

/** How long a client that was trusted is taken to be so, in milliseconds of a coarse clock: what trusts it may end. */
const TRUSTED_MS = 1000

/** What the rules of a user vserver do with one connection's messages. Made when there are rules. */
export class ConnectionRules {
  readonly #connection: RuledConnection
  readonly #subject: RuleSubject
  /** Those that `#messages` are of. */
  #of: VserverRules | undefined = undefined
  #messages: MessageRules | undefined = undefined
  #trusted = false
  /** When that was found out last. */
  #askedAt = -Infinity
  /** Made when a rate limit has let the client wait, or might. */
  #pace: Pace | undefined = undefined

  constructor (connection: RuledConnection) {
    this.#connection = connection
    const { vserver, client, fields } = connection
    this.#subject = new RuleSubject(
      vserver,
      behindProxies(vserver.config, client.peer, client.peer.http?.headers),
      connection,
      connection.host.declaration.fields
    )
    // The rules may be younger than the connection.
    fields?.forEach((value, index) => { if (value !== undefined) this.#subject.set(index, value) })
    this.#subject.nextTurn()
  }

  /** Another link has taken the client's place, with other facts. */
  onClient ({ peer }: ByteLink): void {
    this.#subject.facts = behindProxies(this.#connection.vserver.config, peer, peer.http?.headers)
  }

  /** The extension says what the message costs. */
  costs (amount: number): void { this.#subject.cost = (this.#subject.cost ?? 0) + amount }

  /**
   * Returns true if one more of the client's messages may be inspected, beside so many that are. Else it is asked again
   * when it may.
   */
  mayAsk (undecided: number): boolean {
    const paces = this.#now()?.limits.paces
    if (paces === undefined || (paces.length === 0 && this.#pace === undefined)) return true
    const pace = this.#pace ??= new Pace(this.#connection, this.#subject)
    pace.follow(paces)
    return pace.mayAsk(undecided)
  }

  /** The connection is over. */
  stop (): void { this.#pace?.stop() }

  /** The extension publishes a field, by the effect that was read last. */
  publish (answer: AnswerReader, number: number | undefined): void {
    const index = answer.effectA
    if (number === undefined) this.#subject.set(index, answer.effectTextLike(this.#subject.textOf(index)))
    else this.#subject.setNumber(index, number)
  }

  /**
   * Holds a verdict to the rules and applies its effects: of a message that they block only what it says. False: the
   * connection is ending. The verdict may have become a drop.
   */
  apply (answer: AnswerReader, judged: Judged): boolean {
    const connection = this.#connection
    const left = applyWords(connection, answer, judged)
    if (left === ENDED) return false
    const { op } = answer
    const blocks = op === Op.forward || op === Op.split ? this.#blocking(judged) : undefined
    if (blocks === undefined && judged.side === CLIENT && (op === Op.forward || op === Op.split)) this.#paces(judged)
    this.#subject.nextTurn()
    if (blocks === undefined) return left === 0 || applyEffects(connection, answer, judged, false)
    // The extension has ended its inspection, and would see no message after this one; or has numbered a split, and
    // would number later ones otherwise.
    const goesOn = judged.side === CLIENT && answer.then === ThenIndex.continue && op !== Op.split
    const refusal = goesOn && blocks.reason !== 'banned' ? refusalOf(answer, blocks.reason === 'rate-limit') : undefined
    if (refusal === undefined) {
      connection.onBlocked(judged, blocks.reason, blocks.detail)
      return false
    }
    answer.op = Op.drop
    if (refusal.length > 0) connection.upstream.toClient.own(refusal)
    return true
  }

  /** Rules read fields that need more of the frames of a side. */
  isWide (side: Side): boolean {
    const wide = this.#configured()?.wide
    return wide !== undefined && (side === CLIENT ? wide.client : wide.server)
  }

  /** Returns the rules of messages as they are now; undefined: there are none. */
  #configured (): MessageRules | undefined {
    const { vserver: { rules }, host } = this.#connection
    if (rules !== this.#of) {
      this.#of = rules
      this.#messages = rules?.of(host.declaration)
      // Who waited for the ones before waits no longer.
      this.#pace?.end()
    }
    return this.#messages
  }

  /** The same, and undefined for a client that an access rule allows. */
  #now (): MessageRules | undefined {
    const messages = this.#configured()
    return messages === undefined || this.#trusts() ? undefined : messages
  }

  /** Returns why the message of this verdict is blocked; undefined: it is not. */
  #blocking (judged: Judged): Refusal | undefined {
    const { side } = judged
    const messages = this.#now()
    if (messages === undefined) return undefined
    const { phase } = this.#connection
    const { first, message, reply, limits } = messages
    if (side !== CLIENT) return this.#decide(reply) ?? this.#replied(limits.reply)
    this.#subject.messages++
    const isFirst = phase === 'first-message'
    return (isFirst ? this.#decide(first) : undefined) ?? this.#decide(message) ??
      (isFirst ? this.#over(limits.first, judged) : undefined) ?? this.#over(limits.message, judged)
  }

  #trusts (): boolean {
    const { vserver } = this.#connection
    if (vserver.trusts === undefined) return false
    const { now } = coarseClock
    if (now - this.#askedAt >= TRUSTED_MS) {
      this.#askedAt = now
      this.#trusted = vserver.trusts(this.#subject.facts)
    }
    return this.#trusted
  }

  #decide (rules: ActiveRules | undefined): Refusal | undefined {
    const ended = rules?.decide(this.#subject, this.#connection.vserver.ruleMatches)
    if (ended?.action !== 'block' && ended?.action !== 'ban') return undefined
    return { reason: ended.action === 'ban' ? 'banned' : 'rule', detail: `rule '${ended.name}'` }
  }

  #over (limits: readonly ActiveLimit[], judged: Judged): Refusal | undefined {
    for (let n = 0; n < limits.length; n++) {
      if (this.#connection.vserver.ruleMatches.isOver(limits[n]!, this.#subject, this.#amountOf(limits[n]!, judged)))
        return refusalBy(limits[n]!)
    }
    return undefined
  }

  /** A reply is counted, and never blocked by what it counts for. */
  #replied (limits: readonly ActiveLimit[]): undefined {
    for (let n = 0; n < limits.length; n++) this.#connection.vserver.ruleMatches.onReply(limits[n]!, this.#subject)
  }

  #paces (judged: Judged): void {
    const limits = this.#now()?.limits.paces
    const { pauseMs } = this.#subject
    if (limits === undefined || (limits.length === 0 && pauseMs === 0)) return
    const pace = this.#pace ??= new Pace(this.#connection, this.#subject)
    if (pauseMs > 0) pace.slowed(pauseMs)
    for (let n = 0; n < limits.length; n++) {
      const amount = this.#amountOf(limits[n]!, judged)
      pace.took(amount, this.#connection.vserver.ruleMatches.pauseOf(limits[n]!, this.#subject, amount))
    }
  }

  #amountOf ({ counts }: ActiveLimit, judged: Judged): number {
    return counts === 'bytes' ? judged.judgedLength : counts === 'cost' ? this.#subject.cost ?? 1 : 1
  }
}

const refusalBy = ({ name, action }: ActiveLimit): Refusal => ({
  reason: action === 'ban' ? 'banned' : 'rate-limit',
  detail: `rate limit '${name}'`
})

/**
 * What the extension would have the client get in place of this message; undefined: it has nothing to say about the
 * message alone.
 */
const refusalOf = (answer: AnswerReader, limited: boolean): Uint8Array | undefined => {
  let found: Uint8Array | undefined
  for (let n = 0; n < answer.effectsCount; n++) {
    if (!answer.readEffect(n) || answer.effectKind !== EffectKind.refusal) continue
    const own = answer.effectA === 1
    if (own === limited) return answer.effectBytes()
    if (!own) found = answer.effectBytes()
  }
  return found
}
