import { EffectKind, logLevels } from '@weirlb/sdk/abi'
import type { Judged } from '../direction/owner.ts'
import type { AnswerReader } from '../extension/answer.ts'
import type { ExtensionHost } from '../extension/extension-host.ts'
import type { Log } from '../log.ts'
import type { Upstream } from '../servers/upstream.ts'
import { startTls, type TlsStarter } from './tls-start.ts'

const INVALID_EFFECT = 'the sandbox answered an invalid effect'

/** The target of a verdict's effects: a connection. */
export interface EffectTarget extends TlsStarter {
  readonly id: string
  readonly vserver: TlsStarter['vserver'] & { readonly name: string, readonly log: Log }
  readonly host: ExtensionHost
  readonly upstream: Upstream
  readonly ending: boolean
  setIdle (ms: number): void
  /** The message costs so much, in the eyes of its extension. */
  costs (amount: number): void
  /**
   * Take the field that the effect read last sets; `number`: its value, if that is no text. `shown`: in the log and the
   * API too, and not only to rules.
   */
  publish (answer: AnswerReader, number: number | undefined, shown: boolean): void
}

/**
 * Effects that say something; all others do something. A message that a rule blocks has said it, and does nothing. What
 * the extension's state has become is said.
 */
const isWord = (kind: number): boolean =>
  kind === EffectKind.set || kind === EffectKind.setNumber || kind === EffectKind.log || kind === EffectKind.cost ||
  kind === EffectKind.inspectAll

/**
 * Apply the effects of an answer, in order; `judged` is the direction of the inspected bytes. `words`: false for only
 * those that do something. False: the connection is ending.
 */
export const applyEffects = (
  target: EffectTarget,
  answer: AnswerReader,
  judged: Judged | undefined,
  words = true
): boolean => {
  for (let n = 0; n < answer.effectsCount; n++) {
    const valid = answer.readEffect(n)
    if (valid && !words && isWord(answer.effectKind)) continue
    if (!valid || !applyEffect(target, answer, judged)) target.extensionFailed(INVALID_EFFECT)
    if (target.ending) return false
  }
  return true
}

/** Result of `applyWords`: the connection is ending. */
export const ENDED = -1

/** Apply the effects that say something. Returns how many are left that do something, which few messages have. */
export const applyWords = (target: EffectTarget, answer: AnswerReader, judged: Judged | undefined): number => {
  const { originated } = answer
  let left = 0
  for (let n = 0; n < answer.effectsCount; n++) {
    const valid = answer.readEffect(n)
    if (valid && !isWord(answer.effectKind)) {
      if (answer.effectKind !== EffectKind.refusal) left++
      continue
    }
    if (!valid || !applyEffect(target, answer, judged)) target.extensionFailed(INVALID_EFFECT)
    if (target.ending) return ENDED
  }
  // They are read again, and counted then.
  if (left > 0) answer.originated = originated
  return left
}

/** Apply the effect that was read last; false if it is invalid for this answer. */
const applyEffect = (target: EffectTarget, answer: AnswerReader, judged: Judged | undefined): boolean => {
  const { upstream } = target
  switch (answer.effectKind) {
    case EffectKind.reply: {
      const bytes = answer.effectBytes()
      if (bytes.length > 0) upstream.toClient.own(bytes)
      return true
    }
    case EffectKind.send: {
      const bytes = answer.effectBytes()
      if (bytes.length > 0) upstream.toServer(judged)?.own(bytes)
      return true
    }
    case EffectKind.pin: 
      if (answer.effectA === 0) upstream.rebind(answer.effectKey(), judged)
      else if (!upstream.pinBeside(answer.effectKey()))
        target.extensionFailed('pin(): more than 16 keys beside the session')
      return true
    case EffectKind.serverRefused: upstream.onRefused(answer.effectText(), judged); return true
    case EffectKind.idleTimeout: target.setIdle(answer.effectA); return true
    case EffectKind.set: target.publish(answer, undefined, answer.effectB === 0); return true
    case EffectKind.setNumber: target.publish(answer, answer.effectB >> 1, (answer.effectB & 1) === 0); return true
    case EffectKind.log: authorLog(target, answer); return true
    case EffectKind.cost: target.costs(Math.max(0, answer.effectA)); return true
    case EffectKind.pass: return decide(target, answer, judged, true)
    case EffectKind.drop: return decide(target, answer, judged, false)
    case EffectKind.prelude: return judged?.side !== 1 && upstream.greet(answer.effectBytes())
    case EffectKind.inspectAll: target.clientInlet.inspectsAll = answer.effectA !== 0; return true
    case EffectKind.startTls: return startTls(target, answer, judged)
    default: return true
  }
}

/** Bytes of a stream pass or are dropped. */
const decide = ({ host }: EffectTarget, answer: AnswerReader, judged: Judged | undefined, passes: boolean): boolean => {
  if (judged === undefined || !judged.decide(answer, passes)) return false
  if (passes) host.account.stats.forwarded++
  else host.account.stats.dropped++
  return true
}

/** Write what the author logs, by the effect that was read last. */
const authorLog = ({ vserver, host, id }: EffectTarget, answer: AnswerReader): void => {
  vserver.log[logLevels[answer.effectA] ?? 'info']({
    userVserver: vserver.name,
    extension: host.name,
    connection: id,
    text: answer.effectText()
  }, 'extension says')
}

/**
 * Apply the effects of `onClose`. The client is gone, and the connection's line is written: only its log lines
 * remain. Counts belong to the batch.
 */
export const applyLastEffects = (target: EffectTarget, answer: AnswerReader): void => {
  for (let n = 0; n < answer.effectsCount && answer.readEffect(n); n++) {
    if (answer.effectKind === EffectKind.log) authorLog(target, answer)
  }
}
