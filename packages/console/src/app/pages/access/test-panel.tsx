import type { Explanation } from '@weirlb/admin/client'
import type { ComponentChildren, JSX } from 'preact'
import { useState } from 'preact/hooks'
import { call, fieldErrors } from '../../api/api.ts'
import { useQuery } from '../../api/query.ts'
import { countText, numberText } from '../../format/numbers.ts'
import { hrefOf } from '../../router/router.ts'
import { Badge } from '../../ui/badge.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Field } from '../../ui/field.tsx'
import { Name } from '../../ui/name.tsx'

interface Place { readonly name: string, readonly transport: string }

/** User vservers, and what their clients speak. */
const load = async (): Promise<readonly Place[]> => {
  const [vservers, protocols] = await Promise.all([call('listUserVservers'), call('listUserProtocols')])
  const transports = new Map(protocols.body.items.map(({ name, transport }) => [name, transport]))
  return vservers.body.items.map(({ name, protocol }) => ({ name, transport: transports.get(protocol ?? '') ?? 'tcp' }))
}

interface Sample {
  readonly address: string
  readonly serverName: string
  readonly host: string
  readonly path: string
  readonly agent: string
}

/** Asks what would become of a client; nothing is counted. */
const ask = async (
  { name, transport }: Place,
  { address, serverName, host, path, agent }: Sample
): Promise<Explanation> => {
  const http = speaksHttp(transport)
    ? {
      path: path === '' ? '/' : path,
      headers: { ...host === '' ? {} : { host }, ...agent === '' ? {} : { 'user-agent': agent } }
    }
    : undefined
  const client = {
    address,
    ...speaksTls(transport) && serverName !== '' ? { serverName } : {},
    ...http === undefined ? {} : { http }
  }
  return (await call('explain', {
    path: { name },
    body: { bytes: '', side: transport.startsWith('http') ? 'request' : 'client', client }
  })).body
}

const speaksHttp = (transport: string): boolean => /^(?:http|ws)/.test(transport)
const speaksTls = (transport: string): boolean => ['ssl', 'https', 'wss'].includes(transport)

/** What would become of a client from an address, with a TLS hello and a request where its user vserver has them. */
export const TestPanel = (): JSX.Element => {
  const places = useQuery(load)
  const [chosen, setChosen] = useState<string | undefined>(undefined)
  const [sample, setSample] = useState<Sample>({ address: '192.0.2.1', serverName: '', host: '', path: '', agent: '' })
  const [result, setResult] = useState<Explanation | undefined>(undefined)
  const [error, setError] = useState<unknown>(undefined)
  const known = places.value.value ?? []
  const to = known.find(({ name }) => name === chosen) ?? known[0]
  const faults = fieldErrors(error)
  const run = async (): Promise<void> => {
    try {
      setResult(await ask(to!, sample))
      setError(undefined)
    } catch (thrown) {
      setResult(undefined)
      setError(thrown)
    }
  }
  const input = (field: keyof Sample, label: string, path: string): JSX.Element => (
    <Field label={label} fault={faults.get(path)}>
      {input => <input class="input mono" autocomplete="off" spellcheck={false} {...input} value={sample[field]} onInput={event => { setSample({ ...sample, [field]: event.currentTarget.value.trim() }) }} />}
    </Field>
  )
  return (
    <section class="panel" aria-label="Test">
      <header><h2>What would become of a client?</h2></header>
      <form
        class="body stack"
        onSubmit={event => {
          event.preventDefault()
          void run()
        }}
      >
        <div class="test-fields">
          <Field label="User vserver">
            {input => <select class="input" {...input} value={to?.name} onChange={event => { setChosen(event.currentTarget.value) }}>{known.map(({ name }) => <option key={name} value={name}>{name}</option>)}</select>}
          </Field>
          {input('address', 'Address', 'client.address')}
          {to !== undefined && speaksTls(to.transport) && input('serverName', 'Server name of the TLS hello', 'client.serverName')}
          {to !== undefined && speaksHttp(to.transport) && <>{input('host', 'Host', 'client.http.headers.host')}{input('path', 'Path', 'client.http.path')}{input('agent', 'User agent', 'client.http.headers.user-agent')}</>}
        </div>
        <div class="bar"><button type="submit" class="button" disabled={to === undefined}>Test</button><span class="muted">Nothing is counted or reported.</span></div>
        {error !== undefined && !faults.has('client.address') && <Fault error={error} />}
        {result !== undefined && <Result result={result} />}
      </form>
    </section>
  )
}

/** Why a client is not let in or not served, in the order of `becomes`. */
const Outcome = ({ outcome: { becomes, reason, detail } }: { readonly outcome: Explanation['outcome'] }): JSX.Element => becomes !== 'closed'
  ? <Badge state="up" word="let in" />
  : <><Badge state={reason === 'challenged' ? 'degraded' : 'down'} word={reason ?? 'closed'} />{detail !== undefined && <span>{detail}</span>}</>

const Result = (
  { result: { outcome, access, floods, rules, rateLimits, edge } }: { readonly result: Explanation }
): JSX.Element => {
  const hit = rules.filter(({ applies }) => applies)
  const held = rateLimits.filter(({ applies }) => applies)
  return (
    <div role="status" aria-label="Result">
      <dl class="facts">
        <Fact word="Outcome"><span class="bar"><Outcome outcome={outcome} /></span></Fact>
        <Fact word="Access rule">{access === undefined ? <span class="muted">none is about this address</span> : <><a href={hrefOf(['access', access.rule])}><Name text={access.rule} /></a>: {access.action}</>}</Fact>
        {floods !== undefined && <Fact word="Flood controls">{floods.exempt ? 'exempt: nothing suspects or refuses it' : `threat score ${floods.threat}${floods.knownGood ? ', known good' : ''}${floods.control === undefined ? '' : `, ${floods.control}${floods.detail === undefined ? '' : `: ${floods.detail}`}`}`}</Fact>}
        <Fact word="Rules">{hit.length === 0 ? <span class="muted">{rules.length === 0 ? 'none was looked at' : `none of ${countText(rules.length)} applies`}</span> : <ul>{hit.map(({ rule, phase, action, simulated }) => <li key={`${phase} ${rule}`}><Name text={rule} />: {action} at {phase}{simulated ? ', simulated' : ''}</li>)}</ul>}</Fact>
        <Fact word="Rate limits">{held.length === 0 ? <span class="muted">none is about it</span> : <ul>{held.map(({ rateLimit, key, counted, limit, over, action }) => <li key={rateLimit}><a href={hrefOf(['rate-limits', rateLimit])}><Name text={rateLimit} /></a>: {numberText(counted)} of {countText(limit)}{key === '' ? '' : <> of <span class="mono">{key}</span></>}{over ? `, over: ${action}` : ''}</li>)}</ul>}</Fact>
        {edge !== undefined && <Fact word="Edge function"><Name text={edge.edgeFunction ?? edge.trigger} />{edge.decision === undefined ? '' : `: ${edge.decision}`}</Fact>}
        {outcome.service !== undefined && <Fact word="Service"><Name text={outcome.service} /></Fact>}
      </dl>
    </div>
  )
}

const Fact = ({ word, children }: { readonly word: string, readonly children: ComponentChildren }): JSX.Element => <><dt>{word}</dt><dd>{children}</dd></>
