import { EffectKind, logLevels, Op, ThenIndex, type Declaration } from '@weirlb/sdk/abi'
import type { ExplainedAnswer, ExplainedEffect } from './shown.ts'
import type { AnswerReader } from '../extension/answer.ts'
import { numberText } from '../extension/number-text.ts'
import { positionIn } from '../extension/position.ts'
import { keyToText, storedKey } from '../persistence/session-key.ts'

const MAX_SHOWN = 4096

const ops = {
  [Op.forward]: 'forward',
  [Op.drop]: 'drop',
  [Op.reject]: 'reject',
  [Op.malformed]: 'malformed',
  [Op.threw]: 'threw',
  [Op.more]: 'more',
  [Op.pipe]: 'pipe',
  [Op.split]: 'split'
} as const
const originatedAs = {
  [EffectKind.reply]: 'reply',
  [EffectKind.send]: 'send',
  [EffectKind.prelude]: 'prelude',
  [EffectKind.startTls]: 'startTls'
} as const
const thens = { [ThenIndex.continue]: 'continue', [ThenIndex.pipe]: 'pipe', [ThenIndex.tunnel]: 'tunnel' } as const

/** Returns bytes in hex, truncated. */
export const shownBytes = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, MAX_SHOWN)).toString('hex')

/** A key as the API shows it. */
export const shownKey = (raw: string): string => keyToText(storedKey(raw))

const isRun = (effect: ExplainedEffect): effect is Extract<ExplainedEffect, { kind: 'pass' | 'drop' }> =>
  effect.kind === 'pass' || effect.kind === 'drop'

/**
 * Returns a read answer as people see it: keys as text, secret fields without their value, positions in the author's
 * files. Undefined if the memory holds no valid answer.
 */
export const shownAnswer = (
  reader: AnswerReader,
  { fields }: Declaration,
  mapStack: (stack: string) => string
): ExplainedAnswer | undefined => {
  const { op, then, token, session, via, bytes, text } = reader
  const effects: ExplainedEffect[] = []
  let at: string | undefined
  for (let n = 0; n < reader.effectsCount; n++) {
    if (!reader.readEffect(n)) return undefined
    const a = reader.effectA
    switch (reader.effectKind) {
      case EffectKind.reply:
      case EffectKind.send:
      case EffectKind.prelude:
      case EffectKind.startTls: {
        const originated = reader.effectBytes()
        effects.push({
          kind: originatedAs[reader.effectKind],
          length: originated.length,
          bytes: shownBytes(originated)
        })
        break
      }
      case EffectKind.set: {
        const field = fields[a]
        effects.push({
          kind: 'set',
          field: field?.name ?? `field ${a}`,
          value: field === undefined || field.type === 'secret' || reader.effectB === 1
            ? undefined
            : reader.effectText()
        })
        break
      }
      case EffectKind.log: effects.push({ kind: 'log', level: logLevels[a] ?? 'info', text: reader.effectText(), at: undefined }); break
      case EffectKind.pin: effects.push({ kind: 'pin', key: shownKey(reader.effectKey()) }); break
      case EffectKind.refusal:
      case EffectKind.cost:
      case EffectKind.inspectAll: break
      case EffectKind.setNumber: {
        const field = fields[a]
        effects.push({
          kind: 'set',
          field: field?.name ?? `field ${a}`,
          value: field === undefined || field.type === 'secret' || reader.effectB % 2 === 1
            ? undefined
            : numberText(field, reader.effectB >> 1)
        })
        break
      }
      case EffectKind.serverRefused: effects.push({ kind: 'serverRefused', text: reader.effectText() }); break
      case EffectKind.idleTimeout: effects.push({ kind: 'idleTimeout', ms: a }); break
      case EffectKind.pass:
      case EffectKind.drop: effects.push({ kind: reader.effectKind === EffectKind.pass ? 'pass' : 'drop', count: reader.effectCount, at: undefined }); break
      case EffectKind.site: {
        const position = positionIn(mapStack(reader.effectText()))
        const last = effects.at(-1)
        // For a stream, every pass has its position, and the verdict that ends the chunk has the last one.
        if (a === 0 && last !== undefined && isRun(last) && last.at === undefined)
          effects[effects.length - 1] = { ...last, at: position }
        else if (a === 0) at = position
        else if (last?.kind === 'log') effects[effects.length - 1] = { ...last, at: position }
      }
    }
  }
  const failed = op === Op.malformed || op === Op.threw
  const why = failed ? mapStack(text) : text
  return {
    verdict: {
      op: ops[op as keyof typeof ops] ?? 'forward',
      at: failed ? positionIn(why) : at,
      count: op === Op.more ? reader.count : undefined,
      then: op === Op.forward || op === Op.pipe ? thens[then as keyof typeof thens] : undefined,
      token: token === undefined ? undefined : shownKey(token),
      session: session === undefined ? undefined : shownKey(session),
      via,
      replacedBy: op === Op.forward ? bytes?.length : undefined,
      why: op === Op.reject || failed ? why : undefined,
      reply: op === Op.reject && bytes !== undefined ? shownBytes(bytes) : undefined
    },
    effects
  }
}
