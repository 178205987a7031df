import type { ManagedCheck, ManagedGroups } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { fieldErrors } from '../../api/api.ts'
import { fieldOf } from '../../api/changes.ts'
import type { Hits } from '../../api/hits.ts'
import { countedText, countText } from '../../format/numbers.ts'
import { hrefOf } from '../../router/router.ts'
import { Badge } from '../../ui/badge.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Field } from '../../ui/field.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Name } from '../../ui/name.tsx'
import { propose } from '../../ui/propose.tsx'
import { Sparkline } from '../../ui/sparkline.tsx'
import { Status } from '../../ui/status.tsx'
import { Words } from '../../ui/words.tsx'
import {
  choose,
  chooseMode,
  chosenMode,
  countOf,
  modesOf,
  noDraft,
  patchOf,
  settings,
  settingsOf,
  type Draft,
  type Mode
} from './check-draft.ts'
import { CrsRules } from './crs-rules.tsx'
import { Inspectors } from './inspectors.tsx'

type Group = ManagedGroups['items'][number]

interface PanelInput {
  readonly check: ManagedCheck
  readonly group: Group | undefined
  readonly hits: ReadonlyMap<string, Hits>
  /** Identifier of the check that is looked at. */
  readonly selected: string | undefined
  readonly onChange: () => void
}

/** A managed check: its modes are chosen in place, and applied together after a look at what that would do. */
export const CheckPanel = ({ check, group, hits, selected, onChange }: PanelInput): JSX.Element => {
  const { name, status, vservers } = check
  const [draft, setDraft] = useState<Draft>(noDraft)
  const [error, setError] = useState<unknown>(undefined)
  const faults = useMemo(() => new Map([...fieldErrors(error)].flatMap(([path, message]) => {
    const field = fieldOf(path)
    return field === undefined ? [] : [[field, message] as const]
  })), [error])
  const edit = (to: Draft): void => {
    setDraft(to)
    setError(undefined)
  }
  const done = (): void => {
    edit(noDraft)
    onChange()
  }
  const review = (): void => {
    propose({
      collection: 'managedChecks',
      change: { action: 'patch', name, value: patchOf(draft) },
      said: `Changed ${name}`,
      onDone: done,
      onFailed: setError
    }).then(() => {
      setError(undefined)
    }, setError)
  }
  const remove = (): void => {
    propose({
      collection: 'managedChecks',
      change: { action: 'delete', name },
      verb: 'Remove',
      said: `Removed ${name}`,
      onDone: onChange,
      onFailed: setError
    }).catch(setError)
  }
  const changes = countOf(draft)
  return (
    <section class="panel" aria-label={`Managed check ${name}`}>
      <header>
        <h2><Name text={name} /> <span class="muted mono">{check.group}</span></h2>
        {changes > 0 && <button type="button" class="button quiet" onClick={() => { edit(noDraft) }}>Drop {countedText(changes, 'change')}</button>}
        <button type="button" class="button primary" disabled={changes === 0} onClick={review}>Review</button>
        <a class="button" href={hrefOf(['configuration', 'managedChecks', name], { from: 'managed-checks' })}>Edit</a>
        <button type="button" class="button danger" onClick={remove}>Remove</button>
      </header>
      {error !== undefined && faults.size === 0 && <Fault error={error} />}
      <div class="check-settings facts-row">
        <Status status={status} />
        <span class="muted">{vservers.length === 0 ? 'At all user vservers that no other managed check of the group names' : <>At <Name text={vservers.join(', ')} /></>}{status?.userVservers === undefined ? '' : `; looks at ${status.userVservers.join(', ')}`}</span>
        {check.group === 'owasp-crs' && <Uninspected check={check} />}
        <Inspectors all={status?.inspectors ?? []} />
      </div>
      <div class="check-settings">
        {settingsOf(check).map(setting => (
          <Field key={setting} label={setting} fault={faults.get(setting)}>
            {input => (
              <select class="input" {...input} value={draft[setting] ?? check[setting]} onChange={event => { edit(choose(check, draft, setting, event.currentTarget.value as never)) }}>
                {settings[setting].map(choice => <option key={choice} value={choice}>{choice}</option>)}
              </select>
            )}
          </Field>
        ))}
      </div>
      <div class="list-scroll" tabIndex={0} role="region" aria-label={`Checks of ${name}`}>
        <table class="list-table" aria-label={`Checks of ${name} and their modes`}>
          <thead><tr><th scope="col">Check</th><th scope="col">Finds</th><th scope="col">Mode</th><th scope="col">Does</th><th scope="col" class="right">Hits</th><th scope="col" class="right">Blocked</th><th scope="col" class="right">Hits/s</th></tr></thead>
          <tbody>
            {(status?.checks ?? []).map(({ id, text, source, mode, matched, blocked }) => {
              const modes = modesOf(check, group?.checks.find(known => known.id === id))
              const fault = faults.get(`rules.${id}`)
              return (
                <tr key={id} class={Object.hasOwn(draft.rules, id) ? 'changed' : undefined} aria-current={id === selected ? 'true' : undefined}>
                  <td class="mono"><a href={hrefOf(['managed-checks', name, id])}>{id}</a></td>
                  <td class="check-text"><Words text={text} /><div class="muted"><small>{source}</small></div></td>
                  <td>
                    {modes.length === 0
                      ? <span class="muted">{check.group === 'owasp-crs' ? 'as the group' : 'always'}</span>
                      : (
                        <select class="input narrow" aria-label={`Mode of ${id} of ${name}`} aria-invalid={fault !== undefined} value={chosenMode(check, draft, id)} onChange={event => { edit(chooseMode(check, draft, id, event.currentTarget.value as Mode)) }}>
                          {modes.map(each => <option key={each} value={each}>{each}</option>)}
                        </select>
                        )}
                    {fault !== undefined && <div class="fault" role="alert"><Icon name="warning" size={12} />{fault}</div>}
                  </td>
                  <td><Badge state={looks[mode]} word={mode} /></td>
                  <td class="right"><a href={hrefOf(['security'], { kind: 'managed-check', name: `${name}/${id}` })}>{countText(matched)}</a></td>
                  <td class="right">{countText(blocked)}</td>
                  <td class="right"><Sparkline rates={hits.get(`${name}/${id}`)?.rates ?? []} /></td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
      {check.group === 'owasp-crs' && <CrsRules check={check} draft={draft} faults={faults} onEdit={edit} />}
    </section>
  )
}

/** What a check does, and how that looks. */
const looks = { off: 'off', simulate: 'simulated', block: 'down', challenge: 'degraded' } as const

/** Requests that the Core Rule Set could not look at, and what became of them. */
const Uninspected = ({ check: { status, onFailure } }: { readonly check: ManagedCheck }): JSX.Element | null => {
  const missed = status?.checks?.find(({ id }) => id === '000')?.matched ?? 0
  return missed === 0 ? null : <Badge state="degraded" word={`${countedText(missed, 'request')} could not be inspected, and ${onFailure === 'open' ? 'passed' : 'got 503'}`} />
}
