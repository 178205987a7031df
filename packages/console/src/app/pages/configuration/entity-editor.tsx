import { ApiError, type ConfigPlan } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { fieldErrors } from '../../api/api.ts'
import { apply, fieldOf, plan, type Change } from '../../api/changes.ts'
import { calmly, useEvents } from '../../api/events.ts'
import { useQuery } from '../../api/query.ts'
import { go, hrefOf, place } from '../../router/router.ts'
import { confirm } from '../../ui/confirm.tsx'
import { DifferenceTable } from '../../ui/difference-table.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Name } from '../../ui/name.tsx'
import { PlanDialog } from '../../ui/plan-dialog.tsx'
import { toast } from '../../ui/toast.tsx'
import type { ApiDocument, Collection } from './api-document.ts'
import { loadEntity, type Stored } from './entity.ts'
import { ExpiryInput } from './expiry-input.tsx'
import { ExpressionInput } from './expression-input.tsx'
import { freshValue } from './schema.ts'
import { SchemaForm, type CustomInput } from './schema-form.tsx'
import { differences, equal, onTopOf, type Entity } from './values.ts'

interface Editing { readonly collection: Collection, readonly document: ApiDocument }

/** Fields that have more than an input. */
const customInputs: Readonly<Record<string, Readonly<Record<string, CustomInput>>>> = {
  rules: { expression: ExpressionInput },
  accessRules: { expiresAt: ExpiryInput }
}

/** How long after an event the entity is asked for again, at most so often. */
const RELOAD_MS = 1000

/** The form of an entity that is there, or was there when it was opened. */
export const EntityEditor = (
  { collection, document, name }: Editing & { readonly name: string }
): JSX.Element | null => {
  const query = useQuery(async () => ({ stored: await loadEntity(collection, name) }), `${collection.name}/${name}`)
  const [opened, setOpened] = useState<Stored | undefined>(undefined)
  useEvents(useMemo(() => calmly(query.reload, RELOAD_MS), [query]))
  const now = query.value.value
  useEffect(() => { if (opened === undefined && now?.stored !== undefined) setOpened(now.stored) }, [now, opened])
  if (opened === undefined) {
    return now !== undefined && now.stored === undefined
      ? <Empty title="There is none of this name"><p>It may have been removed. <a href={hrefOf(['configuration', collection.name])}>Show all {collection.title}</a></p></Empty>
      : <Fault error={query.error.value} onRetry={query.reload} />
  }
  return <Form collection={collection} document={document} name={name} base={opened} now={now === undefined ? opened : now.stored} onRebase={setOpened} reload={query.reload} />
}

/** The form of an entity that is to be. */
export const NewEntity = ({ collection, document }: Editing): JSX.Element =>
  <Form collection={collection} document={document} name={undefined} base={undefined} now={undefined} onRebase={() => {}} reload={() => {}} />

interface FormInput extends Editing {
  /** Undefined: it is to be created. */
  readonly name: string | undefined
  /** What the form began with. */
  readonly base: Stored | undefined
  /** What Weir has by now; undefined: nothing. */
  readonly now: Stored | undefined
  readonly onRebase: (stored: Stored) => void
  readonly reload: () => void
}

/** Fields that a new entity begins with, as the link to its form has them: `?value={"source":"127.0.0.7"}`. */
const given = (): Entity => {
  try {
    const value = JSON.parse(place.value.query.get('value') ?? '{}') as unknown
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Entity : {}
  } catch {
    return {}
  }
}

/** Where a form leads when it is done: to the page whose link to it has `?from=access`, or to the collection. */
const homeOf = ({ name }: Collection): string => {
  const from = place.value.query.get('from')
  return from === null ? hrefOf(['configuration', name]) : hrefOf([from])
}

const Form = ({ collection, document: { resolve }, name, base, now, onRebase, reload }: FormInput): JSX.Element => {
  const { schema } = collection
  const first = useMemo<Entity>(() => base?.value ?? { ...freshValue(schema, resolve), ...given() }, [])
  const home = useMemo(() => homeOf(collection), [])
  const [mine, setMine] = useState<Entity>(first)
  const [error, setError] = useState<unknown>(undefined)
  const [planned, setPlanned] = useState<ConfigPlan | undefined>(undefined)
  const began = base?.value ?? first
  const touched = !equal(mine, began)
  const gone = name !== undefined && now === undefined
  const overtaken = base !== undefined && now !== undefined && now.etag !== base.etag

  // Who has typed nothing sees what there is.
  useEffect(() => {
    if (!overtaken || touched) return
    onRebase(now)
    setMine(now.value)
  }, [overtaken, touched])

  const change: Change = name === undefined || gone
    ? { action: 'create', value: mine }
    : { action: 'replace', name, value: mine, ifMatch: base?.etag }
  const failed = (thrown: unknown): void => {
    setError(thrown)
    setPlanned(undefined)
    if (thrown instanceof ApiError && (thrown.status === 412 || thrown.status === 404)) reload()
  }
  const review = async (): Promise<void> => {
    try {
      setPlanned(await plan(collection.name, change))
      setError(undefined)
    } catch (thrown) {
      failed(thrown)
    }
  }
  const save = async (): Promise<void> => {
    try {
      await apply(collection.name, change)
    } catch (thrown) {
      failed(thrown)
      return
    }
    setPlanned(undefined)
    toast(`${name === undefined || gone ? 'Created' : 'Changed'} ${String(mine['name'] ?? name)}`)
    go(home)
  }
  const remove = (): void => {
    confirm({
      title: `Remove ${name!}?`,
      text: 'It is gone with the next revision. An earlier revision can be brought back under Revisions.',
      verb: 'Remove',
      danger: true,
      run: async () => {
        await apply(collection.name, { action: 'delete', name: name!, ifMatch: base?.etag })
        toast(`Removed ${name!}`)
        go(home)
      }
    })
  }

  const faults = useMemo(() => new Map([...fieldErrors(error)].flatMap(([path, message]) => {
    const field = fieldOf(path)
    return field === undefined ? [] : [[field, message] as const]
  })), [error])
  return (
    <section class="panel" aria-label={name ?? 'New'}>
      <header>
        <h2>{name === undefined ? `New in ${collection.title}` : <Name text={name} />}</h2>
        {name !== undefined && !gone && <button type="button" class="button danger" onClick={remove}>Remove</button>}
        <a class="button" href={home}>Cancel</a>
        <button type="button" class="button primary" disabled={!touched && !gone && name !== undefined} onClick={() => { void review() }}>Review</button>
      </header>
      <div class="body stack">
        {gone && <Told>It was removed while this form was open. What you typed is still here; Review and apply it to create it again.</Told>}
        {overtaken && touched && <Overtaken base={base} now={now} mine={mine} onTake={value => { onRebase(now); setMine(value); setError(undefined) }} />}
        {error !== undefined && !(overtaken && touched) && <Fault error={error} />}
        {error !== undefined && <Elsewhere error={error} faults={faults} />}
        <SchemaForm schema={schema} value={mine} path="" faults={faults} resolve={resolve} onChange={setMine} fixed={name === undefined ? [] : ['name']} inputs={customInputs[collection.name] ?? {}} />
      </div>
      {planned !== undefined && <PlanDialog plan={planned} verb="Apply" onApply={save} onClose={() => { setPlanned(undefined) }} />}
    </section>
  )
}

const Told = ({ children }: { readonly children: JSX.Element | string }): JSX.Element => <div class="banner warn" role="status"><Icon name="warning" /><span class="grow">{children}</span></div>

/** Somebody else was faster: what they changed, and what can be done. */
const Overtaken = ({ base, now, mine, onTake }: { readonly base: Stored, readonly now: Stored, readonly mine: Entity, readonly onTake: (value: Entity) => void }): JSX.Element => (
  <div class="stack">
    <Told>Somebody else was faster: it has changed since you opened it, so that your version does not apply to what there is now. This is what they changed:</Told>
    <DifferenceTable label="What somebody else changed" fields={differences(base.value, now.value)} before="When you opened it" after="Now" />
    <div class="bar">
      <button type="button" class="button primary" onClick={() => { onTake(onTopOf(now.value, base.value, mine)) }}>Put my changes on top</button>
      <button type="button" class="button" onClick={() => { onTake(now.value) }}>Take theirs, drop mine</button>
    </div>
  </div>
)

/** Faults that are about no field of this form: another entity, or the whole. */
const Elsewhere = (
  { error, faults }: { readonly error: unknown, readonly faults: ReadonlyMap<string, string> }
): JSX.Element | null => {
  const others = [...fieldErrors(error)].filter(([path]) => !faults.has(fieldOf(path) ?? ''))
  return others.length === 0 ? null : <ul>{others.map(([path, message]) => <li key={path} class="fault"><code>{path}</code> {message}</li>)}</ul>
}

