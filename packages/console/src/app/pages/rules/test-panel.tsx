import type { RuleTest } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { call, fieldErrors } from '../../api/api.ts'
import { useQuery } from '../../api/query.ts'
import { Badge } from '../../ui/badge.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Field } from '../../ui/field.tsx'
import { Name } from '../../ui/name.tsx'

const sample = `{
  "ip.src": "127.0.0.1",
  "mqtt.type": "PUBLISH",
  "mqtt.publish.topic": "a/b"
}`

/** Tries the rules of a user vserver on values that one types. Nothing is counted. */
export const TestPanel = (): JSX.Element => {
  const vservers = useQuery(async () => (await call('listUserVservers')).body.items.map(({ name }) => name))
  const [chosen, setChosen] = useState<string | undefined>(undefined)
  const [text, setText] = useState(sample)
  const [result, setResult] = useState<RuleTest | undefined>(undefined)
  const [error, setError] = useState<unknown>(undefined)
  const names = vservers.value.value ?? []
  const userVserver = chosen ?? names[0] ?? ''
  const run = async (): Promise<void> => {
    try {
      const fields = JSON.parse(text) as Record<string, string>
      setResult((await call('testRules', { body: { userVserver, fields } })).body)
      setError(undefined)
    } catch (thrown) {
      setResult(undefined)
      setError(thrown)
    }
  }
  return (
    <section class="panel" aria-label="Test">
      <header>
        <h2>Test with a sample</h2>
        <button type="button" class="button" disabled={userVserver === ''} onClick={() => { void run() }}>Test</button>
      </header>
      <div class="body stack">
        <Field label="User vserver">
          {input => <select class="input" {...input} value={userVserver} onChange={event => { setChosen(event.currentTarget.value) }}>{names.map(name => <option key={name} value={name}>{name}</option>)}</select>}
        </Field>
        <Field label="Fields" hint="Values by field, as JSON. Fields that are left out are missing." fault={[...fieldErrors(error).values()][0]}>
          {input => <textarea class="input" rows={6} spellcheck={false} {...input} value={text} onInput={event => { setText(event.currentTarget.value) }} />}
        </Field>
        <Fault error={error} />
        {result !== undefined && <Result result={result} />}
      </div>
    </section>
  )
}

const looks = { pass: 'up', challenge: 'degraded', block: 'down' } as const

const Result = ({ result: { decision, rule, looked } }: { readonly result: RuleTest }): JSX.Element => (
  <div class="stack" role="status" aria-label="Result">
    <div class="bar"><Badge state={looks[decision]} word={decision} />{rule !== undefined && <>by <Name text={rule} /></>}</div>
    <ol aria-label="Rules that were looked at">
      {looked.map(each => (
        <li key={`${each.phase} ${each.rule}`}>{each.phase}: <Name text={each.rule} /> {each.applies ? 'applies' : 'does not apply'}{each.simulated ? ', simulated' : ''}{each.ends ? `, and ends the phase (${each.action})` : ''}</li>
      ))}
    </ol>
  </div>
)
