import type { TraceRecord } from '@weirlb/admin/client'
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { call } from '../../api/api.ts'
import { follow } from '../../api/live.ts'
import { countText } from '../../format/numbers.ts'
import { clockText } from '../../format/times.ts'
import { hrefOf } from '../../router/router.ts'
import { Fault } from '../../ui/fault.tsx'
import { Name } from '../../ui/name.tsx'

const SECONDS = 120
const MAX_SHOWN = 200

/**
 * What the extension decides about the messages of a connection from now on: a trace of this client alone, for two
 * minutes.
 */
export const Verdicts = ({ extension, client, connection }: { readonly extension: string, readonly client: string, readonly connection: string }): JSX.Element => {
  const [on, setOn] = useState(false)
  const [begun, setBegun] = useState(false)
  const error = useSignal<unknown>(undefined)
  const records = useSignal<readonly TraceRecord[]>([])
  useEffect(() => {
    if (!on) return
    const stream = follow({
      path: `/extensions/${encodeURIComponent(extension)}/trace`,
      onOpen: () => { setBegun(true) },
      onEvent: ({ type, data }) => {
        if (type === 'record' && (data as TraceRecord).connection === connection) records.value = [data as TraceRecord, ...records.value].slice(0, MAX_SHOWN)
        else if (type === 'status' && (data as { readonly level: string }).level === 'off') setOn(false)
      }
    })
    return () => {
      stream.stop()
      setBegun(false)
    }
  }, [on])

  const watch = async (): Promise<void> => {
    error.value = undefined
    try {
      await call('setTrace', { path: { name: extension }, body: { level: 'verdicts', filter: { client }, seconds: SECONDS } })
      setOn(true)
    } catch (failed) {
      error.value = failed
    }
  }
  const stop = async (): Promise<void> => {
    setOn(false)
    try { await call('setTrace', { path: { name: extension }, body: { level: 'off' } }) } catch (failed) { error.value = failed }
  }
  return (
    <div>
      <div class="bar">
        <h3>Verdicts</h3>
        {on
          ? <button type="button" class="button quiet" onClick={() => { void stop() }}>Stop watching</button>
          : <button type="button" class="button quiet" onClick={() => { void watch() }}>Watch for {SECONDS / 60} minutes</button>}
        <a href={hrefOf(['extensions', extension, 'trace'], { client })}>Trace it</a>
      </div>
      <Fault error={error.value} />
      {records.value.length === 0
        ? <p class="muted">{begun ? 'Waiting for its next message.' : 'Watching traces this client alone, and replaces a trace of the extension that runs.'}</p>
        : (
          <ul class="verdicts" aria-label="Verdicts" tabIndex={0}>
            {records.value.map((record, index) => <li key={records.value.length - index}><span class="muted">{clockText(record.time)}</span><RecordText record={record} /></li>)}
          </ul>
          )}
    </div>
  )
}

const RecordText = ({ record: { call, side, frameLength, crossing, verdict, failure } }: { readonly record: TraceRecord }): JSX.Element => (
  <span>
    {call}{side === undefined ? '' : ` of the ${side}`}{frameLength === undefined ? '' : `, ${countText(frameLength)} B`}:{' '}
    <strong>{failure === undefined ? verdict?.op ?? 'done' : failure.kind}</strong>
    {verdict?.then !== undefined && verdict.then !== 'continue' && ` then ${verdict.then}`}
    {verdict?.session !== undefined && <> session <Name text={verdict.session} /></>}
    {verdict?.token !== undefined && <> token <Name text={verdict.token} /></>}
    {verdict?.why !== undefined && <> <Name text={verdict.why} /></>}
    {failure !== undefined && <> <Name text={failure.message} /></>}
    <span class="muted"> {verdict?.at ?? ''} {countText(crossing.microseconds)} µs</span>
  </span>
)
