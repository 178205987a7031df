import type { Explanation, TraceRecord } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { Name } from '../../ui/name.tsx'

type Answer = NonNullable<Explanation['connect']>
type Verdict = Answer['verdict']
type Effect = Answer['effects'][number]
type Decision = NonNullable<Explanation['frames'][number]['decision']>

const tones = {
  forward: 'good',
  pass: 'good',
  pipe: 'good',
  split: 'good',
  drop: 'warn',
  more: 'warn',
  reject: 'bad',
  malformed: 'bad',
  threw: 'bad'
} as const satisfies Record<Verdict['op'], Tone>
const states = { good: 'ok', warn: 'suspect', bad: 'failed', calm: 'off' } as const

/** Returns how good a verdict is for a client. */
export const toneOfVerdict = (op: Verdict['op']): Tone => tones[op]

/** A verdict as a badge. */
export const VerdictBadge = ({ verdict: { op, count, then } }: { readonly verdict: Verdict }): JSX.Element =>
  <Badge
    state={states[tones[op]]}
    word={`${op}${count === undefined ? '' : ` ${count}`}${
      then === undefined || then === 'continue' ? '' : `, then ${then}`
    }`}
  />

/** Text of an effect of a handler beside its verdict. */
export const effectText = (effect: Effect | NonNullable<TraceRecord['effects']>[number]): string => {
  switch (effect.kind) {
    case 'set': return `sets ${effect.field}${effect.value === undefined ? ', which is secret' : ` to ${effect.value}`}`
    case 'log': return `logs ${effect.level}: ${effect.text}`
    case 'pin': return `pins ${effect.key}`
    case 'serverRefused': return `reports that the server refused: ${effect.text}`
    case 'idleTimeout': return `sets the idle time-out to ${effect.ms} ms`
    case 'pass': case 'drop': return `${effect.kind} ${effect.count} bytes`
    case 'reply': case 'send': case 'prelude': case 'startTls': return `${effect.kind} ${effect.length} bytes`
  }
}

/** Returns what a verdict says beside its name: keys, replacement, reason. */
export const verdictFacts = ({ token, session, via, replacedBy, why }: Verdict): readonly (readonly [string, string])[] =>
  ([['token', token], ['session', session], ['via', via], ['replaced by', replacedBy === undefined ? undefined : `${replacedBy} bytes`], ['why', why]] as const)
    .flatMap(([name, value]) => value === undefined ? [] : [[name, value] as const])

/** A verdict, what it says, its effects, and the service that it leads to. */
export const AnswerView = (
  { answer: { verdict, effects }, decision }: { readonly answer: Answer, readonly decision?: Decision | undefined }
): JSX.Element => (
  <>
    <div class="bar"><VerdictBadge verdict={verdict} />{verdict.at !== undefined && <span class="mono muted">{verdict.at}</span>}</div>
    <ul>
      {verdictFacts(verdict).map(([name, value]) => <li key={name}><span class="muted">{name}</span> <Name text={value} /></li>)}
      {effects.map((effect, index) => <li key={index} class="name">{effectText(effect)}</li>)}
      {decision !== undefined && <DecisionLine decision={decision} />}
    </ul>
  </>
)

const DecisionLine = ({ decision }: { readonly decision: Decision }): JSX.Element => {
  const { lbVserver, service, by, refusal, method, backup, candidates } = decision
  const skipped = candidates.filter(({ verdict }) => verdict === 'skipped')
  return (
    <li>
      <span class="muted">LB vserver</span> <Name text={lbVserver} />: {service === undefined ? <strong>{refusal === 'limit' ? 'no service has room' : 'no service'}</strong> : <><strong><Name text={service} /></strong> by {by === 'session' ? 'its session' : method}</>}
      {skipped.map(({ service, why }) => <div key={service} class="muted"><Name text={service} /> is skipped: {why}</div>)}
      {backup !== undefined && <ul><DecisionLine decision={backup as Decision} /></ul>}
    </li>
  )
}
