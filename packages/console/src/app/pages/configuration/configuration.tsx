import './configuration.css'
import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { call } from '../../api/api.ts'
import { calmly, useEvents } from '../../api/events.ts'
import { useQuery } from '../../api/query.ts'
import { countText } from '../../format/numbers.ts'
import { hrefOf, place } from '../../router/router.ts'
import { valueText } from '../../ui/difference-table.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Name } from '../../ui/name.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { loadApiDocument, type Collection } from './api-document.ts'
import { EntityEditor, NewEntity } from './entity-editor.tsx'
import { withoutDefaults, type Entity } from './values.ts'

/** Place of a form for a new entity; no entity has such a name. */
const NEW = '+'
const RELOAD_MS = 2000

const load = async () => {
  const [document, { body }] = await Promise.all([loadApiDocument(), call('getConfig')])
  return { document, config: body as unknown as Readonly<Record<string, readonly Entity[]>> }
}

/** Every collection of the configuration, with a form for each entity, made from the API's own description. */
export const Configuration = (): JSX.Element => {
  const query = useQuery(load)
  useEvents(useMemo(() => calmly(query.reload, RELOAD_MS), [query]))
  const loaded = query.value.value
  if (loaded === undefined) return <Fault error={query.error.value} onRetry={query.reload} />
  const { document, config } = loaded
  const [chosen = document.collections[0]!.name, name] = place.value.rest
  const collection = document.collections.find(each => each.name === chosen)
  return (
    <div class="stack">
      <Fault error={query.error.value} onRetry={query.reload} />
      <div class="config-columns">
        <nav class="panel config-list" aria-label="Collections">
          <ul>
            {document.collections.map(each => (
              <li key={each.name}><a href={hrefOf(['configuration', each.name])} aria-current={each.name === chosen ? 'page' : undefined}><span>{each.title}</span><span class="muted">{countText(config[each.name]?.length ?? 0)}</span></a></li>
            ))}
          </ul>
        </nav>
        {collection === undefined
          ? <Empty title="There is no such collection"><a href={hrefOf(['configuration'])}>Show all</a></Empty>
          : name === undefined
          ? <Entities collection={collection} entities={config[collection.name] ?? []} />
          : name === NEW
          ? <NewEntity key={collection.name} collection={collection} document={document} />
          : <EntityEditor key={`${collection.name}/${name}`} collection={collection} document={document} name={name} />}
      </div>
    </div>
  )
}

/** Fields that a row shows, at most, and characters of each. */
const MAX_FIELDS = 5
const MAX_VALUE = 40

/** Fields with their values, each of which may run from right to left. */
const Summary = (
  { collection: { schema }, entity }: { readonly collection: Collection, readonly entity: Entity }
): JSX.Element => {
  const fields = Object.entries(withoutDefaults(entity, schema) as Entity).filter(([field]) => field !== 'name').slice(
    0,
    MAX_FIELDS
  )
  return (
    <span class="muted mono">
      {fields.map(([field, value], at) => {
        const text = valueText(value)
        return <span key={field}>{at === 0 ? '' : ', '}{field} <bdi>{text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text}</bdi></span>
      })}
    </span>
  )
}

const Entities = (
  { collection, entities }: { readonly collection: Collection, readonly entities: readonly Entity[] }
): JSX.Element => {
  const columns = useMemo<readonly Column<Entity>[]>(() => [
    { key: 'name', title: 'Name', width: '16rem', order: ({ name }) => String(name), cell: ({ name }) => <a href={hrefOf(['configuration', collection.name, String(name)])}><Name text={String(name)} /></a> },
    { key: 'summary', title: 'Fields that are not as by default', cell: entity => <Summary collection={collection} entity={entity} /> }
  ], [collection])
  return (
    <section class="panel" aria-label={collection.title}>
      <header>
        <h2>{collection.title}</h2>
        <a class="button primary" href={hrefOf(['configuration', collection.name, NEW])}>New</a>
      </header>
      {entities.length === 0
        ? <Empty title="None yet"><p>Make the first one with New. In a shell: <code>curl -X POST …{collection.path}</code></p></Empty>
        : <Table label={collection.title} columns={columns} rows={entities} keyOf={({ name }) => String(name)} sorting={{ key: 'name', down: false }} />}
    </section>
  )
}
