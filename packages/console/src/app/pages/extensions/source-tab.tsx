import type { Extension } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { call } from '../../api/api.ts'
import type { StoredCode } from '../../code/code-kind.ts'
import { OwnSource } from '../../code/own-source.tsx'
import { hrefOf } from '../../router/router.ts'
import { DeclarationView } from './declaration-view.tsx'
import { extensionCode } from './extension-code.ts'

const { drafts } = extensionCode

/** A canary is what one works on while there is one. */
const load = async (name: string): Promise<StoredCode> => {
  const { body: { builtin, source, canary }, etag } = await call('getExtension', { path: { name } })
  return { source: canary?.source ?? (builtin === undefined ? source : undefined), etag }
}

/** The source of an extension, to change it. */
export const SourceTab = (
  { extension: { name, builtin, canary, status }, reload }: {
    readonly extension: Extension
    readonly reload: () => void
  }
): JSX.Element => {
  const [own, setOwn] = useState(drafts.has(name))
  if (builtin !== undefined && canary === undefined && !own) {
    return (
      <div class="source-columns">
        <section class="panel" aria-label="Source">
          <header><h2>Source</h2></header>
          <div class="body stack">
            <p>The code is <code>{builtin}</code>, which is included with Weir. A source of your own can take its place; new connections get it, and a rollback brings the included one back.</p>
            <div class="bar"><button type="button" class="button" onClick={() => { setOwn(true) }}>Write its successor</button></div>
          </div>
        </section>
        <DeclarationView declaration={status?.declaration} />
      </div>
    )
  }
  return (
    <OwnSource
      kind={extensionCode} name={name} load={async () => await load(name)} reload={reload} ways={canary === undefined ? ['version', 'canary'] : ['canary']}
      note={canary !== undefined && <p>This is the source of the canary, which gets {canary.percent} % of the new connections. <a href={hrefOf(['extensions', name, 'versions'])}>Promote or end it</a> before the next version is for all.</p>}
    />
  )
}
