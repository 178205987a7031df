import type { JSX } from 'preact'
import { go, hrefOf } from '../router/router.ts'
import { Empty } from '../ui/empty.tsx'
import type { CodeKind } from './code-kind.ts'
import { NEW } from './drafts.ts'

/** In place of something that is not there, or was deleted under the editor. */
export const Gone = <D,>({ kind: { page, noun, all, drafts }, name }: { readonly kind: CodeKind<D>, readonly name: string }): JSX.Element => {
  const draft = drafts.get(name)
  return (
    <Empty title={`There is no such ${noun}`}>
      <p>It may have been deleted.</p>
      {draft !== undefined && (
        <>
          <p>What you typed is still here.</p>
          <button
            type="button" class="button primary"
            onClick={() => {
              drafts.delete(name)
              drafts.set(NEW, { text: draft.text, etag: undefined, name })
              go(hrefOf([page], { new: name }))
            }}
          >
            Create it anew
          </button>
        </>
      )}
      <a href={hrefOf([page])}>{all}</a>
    </Empty>
  )
}
