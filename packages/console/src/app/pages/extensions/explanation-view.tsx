import type { Explanation } from '@weirlb/admin/client'
import type { ComponentChildren, JSX } from 'preact'
import { useState } from 'preact/hooks'
import { countText } from '../../format/numbers.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { Name } from '../../ui/name.tsx'
import { asciiOf, bytesOfHex, hexOf } from './client-bytes.ts'
import { AnswerView, toneOfVerdict } from './answer-view.tsx'

type Frame = Explanation['frames'][number]

/** What fits, so that a dump never scrolls sideways. */
const BYTES_A_LINE = matchMedia('(max-width: 40rem)').matches ? 8 : 16
const LINES = 8
/** Frames that are drawn at first. */
const SHOWN = 100

const reasons = {
  handler: '', keys: 'Not inspected: the keys that the extension declares have decided.', 'no-handler': 'Not inspected: the extension has no handler for this side.', only: 'Not inspected: it is none of those in `only`.',
  piped: 'Not inspected: this direction is piped.', stream: ''
} as const
const rests = {
  incomplete: 'No whole message: more bytes would be waited for.', malformed: 'These bytes cannot be framed.', 'too-large': 'A message that begins here is larger than the framing allows.',
  piped: 'Passed on: this direction is no longer inspected.', 'after-end': 'Behind the end of the connection.', limit: 'Not looked at: an explanation ends after 1,000 messages or 5 s.'
} as const

/** Bytes with what became of them: each message in the colour of its verdict, which stands beside it. */
export const ExplanationView = ({ explanation, bytes }: { readonly explanation: Explanation, readonly bytes: Uint8Array }): JSX.Element => {
  const [all, setAll] = useState(false)
  const { frames, rest, connect, outcome, version, crossings, rules, counters } = explanation
  const shown = all ? frames : frames.slice(0, SHOWN)
  const counted = Object.entries(counters)
  const hit = rules.filter(({ applies }) => applies)
  return (
    <>
      <section class="panel" aria-label="Outcome">
        <header><h2>Outcome</h2><Badge state={outcome.becomes === 'closed' ? 'down' : 'up'} word={outcome.becomes} /></header>
        <dl class="body facts">
          <dt>The connection</dt><dd>{outcome.becomes === 'closed' ? `closes: ${outcome.reason ?? ''}` : `is ${outcome.becomes}`}{outcome.detail !== undefined && `: ${outcome.detail}`}</dd>
          <dt>Service</dt><dd>{outcome.service === undefined ? 'none yet' : <Name text={outcome.service} />}</dd>
          {version !== undefined && <><dt>Version</dt><dd>v{version}</dd></>}
          <dt>Messages</dt><dd>{countText(frames.length)}; {crossings === 1 ? 'one entry' : `${countText(crossings)} entries`} into the sandbox</dd>
          {outcome.goodbye !== undefined && <><dt>Goodbye</dt><dd class="mono" title={outcome.goodbye}>{asciiOf(bytesOfHex(outcome.goodbye))}</dd></>}
          {hit.length > 0 && <><dt>Rules</dt><dd>{hit.map(({ rule, action, simulated }, i) => <div key={i}><Name text={rule} />: {action}{simulated && ', simulated'}</div>)}</dd></>}
          {counted.length > 0 && <><dt>Counters</dt><dd>{counted.map(([name, count]) => <div key={name}><Name text={name} /> +{countText(count)}</div>)}</dd></>}
        </dl>
      </section>
      <section class="panel" aria-label="Messages">
        <header><h2>Messages</h2><span class="muted">{countText(frames.length)}</span></header>
        <ol class="frames">
          {connect !== undefined && <Part tone={toneOfVerdict(connect.verdict.op)} title="On connect"><AnswerView answer={connect} /></Part>}
          {shown.map((frame, index) => <FrameView key={index} frame={frame} bytes={bytes} />)}
          {rest !== undefined && (all || frames.length <= SHOWN) && (
            <Part tone={rest.why === 'piped' ? 'calm' : 'warn'} title={`From byte ${countText(rest.offset)}: ${countText(rest.length)} bytes`} dump={<Dump bytes={bytes.subarray(rest.offset, rest.offset + rest.length)} offset={rest.offset} />}>
              <Badge state={rest.why} word={rest.why} /><p>{rests[rest.why]}</p>
            </Part>
          )}
        </ol>
        {shown.length < frames.length && <div class="body"><button type="button" class="button" onClick={() => { setAll(true) }}>Show all {countText(frames.length)}</button></div>}
      </section>
    </>
  )
}

const FrameView = ({ frame: { offset, length, why, answer, decision }, bytes }: { readonly frame: Frame, readonly bytes: Uint8Array }): JSX.Element => (
  <Part
    tone={answer === undefined ? 'calm' : toneOfVerdict(answer.verdict.op)} title={`From byte ${countText(offset)}: ${countText(length)} bytes`}
    dump={<Dump bytes={bytes.subarray(offset, offset + length)} offset={offset} />}
  >
    {answer === undefined ? <><Badge state="off" word="not inspected" /><p class="muted">{reasons[why]}</p></> : <AnswerView answer={answer} decision={decision} />}
  </Part>
)

const Part = ({ tone, title, dump, children }: { readonly tone: Tone, readonly title: string, readonly dump?: JSX.Element, readonly children: ComponentChildren }): JSX.Element => (
  <li class={`frame ${tone}`}>
    <div><div class="muted">{title}</div>{dump}</div>
    <div class="verdict">{children}</div>
  </li>
)

const Dump = ({ bytes, offset }: { readonly bytes: Uint8Array, readonly offset: number }): JSX.Element => {
  const lines = Math.min(LINES, Math.ceil(bytes.length / BYTES_A_LINE))
  const left = bytes.length - lines * BYTES_A_LINE
  return (
    <pre class="dump">
      {Array.from({ length: lines }, (_, line) => {
        const part = bytes.subarray(line * BYTES_A_LINE, (line + 1) * BYTES_A_LINE)
        return `${(offset + line * BYTES_A_LINE).toString(16).padStart(6, '0')}  ${hexOf(part, ' ').padEnd(BYTES_A_LINE * 3 - 1)}  ${asciiOf(part)}\n`
      }).join('')}
      {left > 0 && `and ${countText(left)} more bytes\n`}
    </pre>
  )
}
