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
  setField (index: number, value: string): void
}

/**
 * Apply the effects of an answer, in order; `judged` is the direction of the inspected bytes. False: the connection
 * is ending.
 */
export const applyEffects = (target: EffectTarget, answer: AnswerReader, judged: Judged | undefined): boolean => {
  for (let n = 0; n < answer.effectsCount; n++) {
    if (!answer.readEffect(n) || !applyEffect(target, answer, judged)) target.extensionFailed(INVALID_EFFECT)
    if (target.ending) return false
  }
  return true
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
      else if (!upstream.pinBeside(answer.effectKey())) target.extensionFailed('pin(): more than 16 keys beside the session')
      return true
    case EffectKind.serverRefused: upstream.onRefused(answer.effectText(), judged); return true
    case EffectKind.idleTimeout: target.setIdle(answer.effectA); return true
    case EffectKind.set: target.setField(answer.effectA, answer.effectText()); return true
    case EffectKind.log: authorLog(target, answer); return true
    case EffectKind.pass: return decide(target, answer, judged, true)
    case EffectKind.drop: return decide(target, answer, judged, false)
    case EffectKind.prelude: return judged?.side !== 1 && upstream.greet(answer.effectBytes())
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
  vserver.log[logLevels[answer.effectA] ?? 'info']({ userVserver: vserver.name, extension: host.name, connection: id, text: answer.effectText() }, 'extension says')
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
