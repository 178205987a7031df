import type { FunctionDeclaration } from '@weirlb/admin/client'
import { call } from '../../api/api.ts'
import type { CodeKind } from '../../code/code-kind.ts'
import { makeDrafts } from '../../code/drafts.ts'
import { Empty } from '../../ui/empty.tsx'

const forms = {
  native: 'the native form: edgeFunction() of the SDK',
  'service-worker': 'a service worker: a listener of fetch'
} as const

/** The code of edge functions. */
export const functionCode: CodeKind<FunctionDeclaration> = {
  page: 'functions',
  collection: 'edgeFunctions',
  noun: 'edge function',
  all: 'All edge functions',
  template: `import { allow, edgeFunction, respond } from '@weirlb/sdk'

const allowed = new Set(['https://app.example.com'])

export default edgeFunction({
  onRequest ({ headers }) {
    // Others: redirect(location), allow({ headers, responseHeaders }).
    return allowed.has(headers.get('origin') ?? '') ? allow() : respond(403, {}, 'Forbidden')
  }
})
`,
  maxBytes: 1024 * 1024,
  nameHint: 'Triggers name it.',
  created: name => `${name} is there. It decides on requests once a trigger leads them to it.`,
  saved: name => `${name} has a new version: new requests get it.`,
  drafts: makeDrafts(),
  validate: async source => (await call('validateEdgeFunction', { body: { source } })).body,
  create: async (name, source) => {
    await call('createEdgeFunction', { body: { name, source } })
  },
  patch: async (name, { source }, ifMatch) =>
    (await call('patchEdgeFunction', { path: { name }, body: { source: source! }, ifMatch })).etag,
  Declared: ({ declaration }) => (
    <section class="panel" aria-label="Form">
      <header><h2>Form</h2></header>
      {declaration === undefined
        ? <Empty title="No form"><p>How the function decides is shown here once its source compiles.</p></Empty>
        : (
          <div class="body stack">
            <p>It has {forms[declaration.form]}.</p>
            <p class="muted">A function sees the head of a request: method, URL, headers, client. It lets the request pass, with other headers if it likes, or answers it. It has no network and no timers. A service worker of another cloud can be pasted as it is.</p>
          </div>
          )}
    </section>
  )
}
