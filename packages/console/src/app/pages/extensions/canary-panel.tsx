import type { Extension } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { call, wordsOf } from '../../api/api.ts'
import { countText, percentText } from '../../format/numbers.ts'
import { timeText } from '../../format/times.ts'
import { hrefOf } from '../../router/router.ts'
import { Badge } from '../../ui/badge.tsx'
import { confirm } from '../../ui/confirm.tsx'
import { Field } from '../../ui/field.tsx'
import { toast } from '../../ui/toast.tsx'
import { versionsOf } from './load-extensions.ts'

/** The canary of an extension: its share of the new connections, and its end. */
export const CanaryPanel = (
  { extension, reload }: { readonly extension: Extension, readonly reload: () => void }
): JSX.Element => {
  const { canary, name, status } = extension
  const told = status?.canary
  return (
    <section class="panel" aria-label="Canary">
      <header><h2>Canary</h2>{told !== undefined && <Badge state={told.status === 'running' ? 'canary' : told.status} word={told.status} />}</header>
      <div class="body stack">
        {canary !== undefined
          ? <Running key={name} extension={extension} canary={canary} reload={reload} />
          : (
            <>
              {told !== undefined && <p>The canary v{told.version} was {told.status}{told.at !== undefined && <> at {timeText(Date.parse(told.at))}</>}{told.reason !== undefined && `: ${told.reason}`}.</p>}
              <p class="muted">A canary is a second version that some of the new connections get. It is reverted by itself when it has errors. <a href={hrefOf(['extensions', name, 'source'])}>Change the source</a> and save it as a canary.</p>
            </>
            )}
      </div>
    </section>
  )
}

const Running = (
  { extension, canary, reload }: {
    readonly extension: Extension
    readonly canary: NonNullable<Extension['canary']>
    readonly reload: () => void
  }
): JSX.Element => {
  const { name } = extension
  const [moved, setMoved] = useState<number | undefined>(undefined)
  const [fault, setFault] = useState<string | undefined>(undefined)
  const percent = moved ?? canary.percent
  const version = versionsOf(extension).find(({ status }) => status === 'canary')
  const set = async (percent: number): Promise<void> => {
    try {
      await call('patchExtension', { path: { name }, body: { canary: { percent } } })
      setFault(undefined)
      toast(`The canary of ${name} gets ${percent} % of the new connections.`)
      reload()
    } catch (error) {
      setFault(wordsOf(error))
    }
    setMoved(undefined)
  }
  return (
    <>
      {version !== undefined && <p>Version {version.version} has {countText(version.connections)} connections, and had {countText(version.accepted)}; {countText(version.errors)} errors. It is reverted above {percentText(canary.revertOnErrorsAbove)} of errors, once it had {countText(canary.minConnections)} connections.</p>}
      <Field label={`Share of new connections: ${percent} %`} fault={fault}>
        {input => (
          <input
            type="range" min={1} max={100} value={percent} aria-valuetext={`${percent} %`} {...input}
            onInput={event => { setMoved(event.currentTarget.valueAsNumber) }}
            onChange={event => { void set(event.currentTarget.valueAsNumber) }}
          />
        )}
      </Field>
      <div class="bar">
        <button
          type="button" class="button primary"
          onClick={() => {
            confirm({
              title: `Promote the canary of ${name}?`,
              text: 'All new connections get it.',
              verb: 'Promote',
              async run () {
                await call('promoteExtension', { path: { name } })
                reload()
              }
            })
          }}
        >
          Promote
        </button>
        <button
          type="button" class="button danger"
          onClick={() => {
            confirm({
              title: `End the canary of ${name}?`,
              text: 'New connections get the current version. Those that the canary has stay with it.',
              verb: 'End it',
              danger: true,
              async run () {
                await call('patchExtension', { path: { name }, body: { canary: null } })
                reload()
              }
            })
          }}
        >
          End the canary
        </button>
      </div>
    </>
  )
}
