import type { TriggerMatches } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { call, fieldErrors } from '../../api/api.ts'
import { hrefOf } from '../../router/router.ts'
import { Fault } from '../../ui/fault.tsx'
import { Field } from '../../ui/field.tsx'
import { Name } from '../../ui/name.tsx'
import type { TriggerRow } from './load-functions.ts'

type Matched = TriggerMatches['urls'][number]

const PAUSE_MS = 300

/** Which edge function decides on a URL. It asks again when triggers change. */
export const UrlPanel = ({ triggers }: { readonly triggers: readonly TriggerRow[] }): JSX.Element => {
  const [url, setUrl] = useState('')
  const [matched, setMatched] = useState<Matched | undefined>(undefined)
  const [error, setError] = useState<unknown>(undefined)
  const present = triggers.map(({ trigger: { status: _, ...trigger } }) => JSON.stringify(trigger)).join('\n')
  useEffect(() => {
    if (url.trim() === '') {
      setMatched(undefined)
      setError(undefined)
      return
    }
    let ended = false
    const timer = setTimeout(() => {
      call('matchTriggers', { body: { urls: [url.trim()] } }).then(
        ({ body }) => {
          if (ended) return
          setMatched(body.urls[0])
          setError(undefined)
        },
        (failed: unknown) => {
          if (ended) return
          setMatched(undefined)
          setError(failed)
        }
      )
    }, PAUSE_MS)
    return () => {
      ended = true
      clearTimeout(timer)
    }
  }, [url, present])
  const fault = fieldErrors(error).get('urls[0]')
  return (
    <section class="panel" aria-label="Which function decides">
      <header><h2>Which function decides on this URL?</h2></header>
      <div class="body stack">
        <Field label="URL" fault={fault} hint="No function is asked, and nothing is counted.">
          {input => <input class="input" type="url" spellcheck={false} autoComplete="off" placeholder="https://www.example.com/mqtt" value={url} onInput={event => { setUrl(event.currentTarget.value) }} {...input} />}
        </Field>
        {fault === undefined && <Fault error={error} />}
        <div role="status" aria-label="Decision">{matched !== undefined && <Answer matched={matched} />}</div>
      </div>
    </section>
  )
}

const Answer = ({ matched: { url, userVservers } }: { readonly matched: Matched }): JSX.Element => userVservers.length === 0
  ? <p>No user vserver takes {url.toLowerCase().startsWith('https') ? 'requests over TLS' : 'requests without TLS'}: a user protocol of transport {url.toLowerCase().startsWith('https') ? <><code>https</code> or <code>wss</code></> : <><code>http</code> or <code>ws</code></>} does.</p>
  : (
    <ul class="reached">
      {userVservers.map(({ userVserver, trigger, function: decides, others }) => (
        <li key={userVserver}>
          At <Name text={userVserver} />:{' '}
          {trigger === undefined
            ? <><strong>no trigger matches</strong>; the request passes</>
            : <>{decides === undefined ? <><strong>no function</strong>; the request passes</> : <a href={hrefOf(['functions', decides, 'test'], { url })}><strong><Name text={decides} /></strong></a>}, by trigger <a href={hrefOf(['configuration', 'triggers', trigger], { from: 'functions' })}><Name text={trigger} /></a></>}
          {others.length > 0 && <span class="muted">. It comes before <Name text={others.join(', ')} /></span>}
        </li>
      ))}
    </ul>
    )
