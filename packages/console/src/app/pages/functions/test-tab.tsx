import type { FunctionTest } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { call, fieldErrors } from '../../api/api.ts'
import { msText } from '../../format/numbers.ts'
import { place } from '../../router/router.ts'
import { Badge } from '../../ui/badge.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Field } from '../../ui/field.tsx'
import { Name } from '../../ui/name.tsx'

type HeaderMap = Record<string, string | string[]>

/**
 * Returns headers by name of lines `Origin: https://app.example.com`; a line without a colon is a name without a value.
 */
const headersOf = (text: string): HeaderMap => {
  const headers = new Map<string, string | string[]>()
  for (const line of text.split('\n').filter(line => line.trim() !== '')) {
    const [name = '', ...value] = line.split(':')
    const key = name.trim().toLowerCase()
    const before = headers.get(key)
    const next = value.join(':').trim()
    headers.set(key, before === undefined ? next : [...typeof before === 'string' ? [before] : before, next])
  }
  return Object.fromEntries(headers)
}

/** Has the stored version of an edge function decide on a request that one types. */
export const TestTab = ({ name }: { readonly name: string }): JSX.Element => {
  const [method, setMethod] = useState('GET')
  const [url, setUrl] = useState(place.value.query.get('url') ?? '')
  const [headers, setHeaders] = useState('')
  const [upgrade, setUpgrade] = useState(false)
  const [address, setAddress] = useState('127.0.0.1')
  const [result, setResult] = useState<FunctionTest | undefined>(undefined)
  const [error, setError] = useState<unknown>(undefined)
  const [busy, setBusy] = useState(false)
  const faults = fieldErrors(error)
  const run = async (): Promise<void> => {
    setBusy(true)
    try {
      setResult(
        (await call('testEdgeFunction', {
          path: { name },
          body: { method, url, headers: headersOf(headers), upgrade, address }
        })).body
      )
      setError(undefined)
    } catch (failed) {
      setResult(undefined)
      setError(failed)
    } finally {
      setBusy(false)
    }
  }
  return (
    <div class="test-columns">
      <section class="panel" aria-label="Request">
        <header><h2>Request</h2></header>
        <form
          class="body stack"
          onSubmit={event => {
            event.preventDefault()
            void run()
          }}
        >
          <Field label="Method" fault={faults.get('method')}>{input => <input class="input" autoComplete="off" spellcheck={false} value={method} onInput={event => { setMethod(event.currentTarget.value) }} {...input} />}</Field>
          <Field label="URL" fault={faults.get('url')}>{input => <input class="input" type="text" autoComplete="off" spellcheck={false} placeholder="https://www.example.com/mqtt" value={url} onInput={event => { setUrl(event.currentTarget.value) }} {...input} />}</Field>
          <Field label="Headers" hint="A line for each: Origin: https://app.example.com. Host is as in the URL." fault={[...faults].find(([path]) => path.startsWith('headers'))?.[1]}>
            {input => <textarea class="input" rows={5} spellcheck={false} value={headers} onInput={event => { setHeaders(event.currentTarget.value) }} {...input} />}
          </Field>
          <Field label="Address of the client" fault={faults.get('address')}>{input => <input class="input" autoComplete="off" spellcheck={false} value={address} onInput={event => { setAddress(event.currentTarget.value) }} {...input} />}</Field>
          <label class="bar"><input type="checkbox" checked={upgrade} onChange={event => { setUpgrade(event.currentTarget.checked) }} />It asks for a WebSocket</label>
          <div class="bar"><button type="submit" class="button primary" disabled={busy}>Test</button></div>
          <p class="muted">The saved version decides. Nothing is sent, counted or reported.</p>
        </form>
      </section>
      <div class="stack">
        {faults.size === 0 && <Fault error={error} />}
        {result === undefined
          ? error === undefined && <section class="panel"><Empty title="No decision yet"><p>Fill in a request, and see what the function decides about it.</p></Empty></section>
          : <Result result={result} />}
      </div>
    </div>
  )
}

const looks = { allow: 'up', respond: 'degraded', failed: 'failed' } as const
const words = { allow: 'passes', respond: 'answered', failed: 'failed' } as const

const Result = ({ result: { decision, status, headers, body, request, response, failure, reason, failedOpen, logs, wallMs } }: { readonly result: FunctionTest }): JSX.Element => (
  <section class="panel" aria-label="Decision">
    <header><h2>Decision</h2><Badge state={looks[decision]} word={words[decision]} /></header>
    <div class="body stack">
      <dl class="facts">
        {status !== undefined && <><dt>Status</dt><dd>{status}</dd></>}
        {failure !== undefined && <><dt>Failure</dt><dd>{failure}: <Name text={reason ?? ''} /></dd><dt>The request</dt><dd>{failedOpen === true ? 'would pass' : 'would get 503'}</dd></>}
        {headers !== undefined && <Pairs title="Headers" pairs={headers} />}
        {request !== undefined && <Changes title="Of the request" changes={request} />}
        {response !== undefined && <Changes title="Of the response" changes={response} />}
        {logs.length > 0 && <><dt>Logged</dt><dd>{logs.map((line, at) => <div key={at}><Name text={line} /></div>)}</dd></>}
        <dt>Time</dt><dd>{msText(wallMs)}, with a fresh isolate</dd>
      </dl>
      {body !== undefined && body !== '' && <pre class="answer-body" tabIndex={0} role="region" aria-label="Body of the response">{body}</pre>}
    </div>
  </section>
)

type Pair = readonly unknown[]

const Pairs = ({ title, pairs }: { readonly title: string, readonly pairs: readonly Pair[] }): JSX.Element => (
  <><dt>{title}</dt><dd>{pairs.length === 0 ? 'none' : pairs.map(([name, value], at) => <div key={at} class="mono"><Name text={`${String(name)}: ${String(value)}`} /></div>)}</dd></>
)

const Changes = ({ title, changes: { set, remove } }: { readonly title: string, readonly changes: { readonly set: readonly Pair[], readonly remove: readonly string[] } }): JSX.Element => set.length + remove.length === 0
  ? <><dt>{title}</dt><dd>no header is changed</dd></>
  : <><dt>{title}</dt><dd>{set.map(([name, value], at) => <div key={at} class="mono"><Name text={`${String(name)}: ${String(value)}`} /></div>)}{remove.map(name => <div key={name}><span class="mono"><Name text={name} /></span> is removed</div>)}</dd></>
