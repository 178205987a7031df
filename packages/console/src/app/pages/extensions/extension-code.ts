import type { Declaration } from '@weirlb/admin/client'
import { call } from '../../api/api.ts'
import type { CodeKind } from '../../code/code-kind.ts'
import { makeDrafts } from '../../code/drafts.ts'
import { DeclarationView } from './declaration-view.tsx'

/** The code of extensions. */
export const extensionCode: CodeKind<Declaration> = {
  page: 'extensions',
  collection: 'extensions',
  noun: 'extension',
  all: 'All extensions',
  template: `import { defineProtocol, forward, frame } from '@weirlb/sdk'

export default defineProtocol({
  name: 'my-protocol',
  api: 1,
  balance: 'per-connection',
  client: {
    // Where a message ends. Others: frame.length, frame.varint, frame.fixed, frame.delimiter.
    framing: frame.lines({ max: 4096 }),
    onMessage (message, ctx) {
      const [word = '', id = ''] = message.text().trim().split(' ')
      ctx.count(word === 'login' ? 'logins' : 'others')
      // Clients with the same key get the same service.
      return id === '' ? forward() : forward({ token: id })
    }
  }
})
`,
  maxBytes: 4 * 1024 * 1024,
  nameHint: 'User protocols name it.',
  created: name => `${name} is there. A user protocol can name it now.`,
  saved: name => `${name} has a new version: new connections get it.`,
  drafts: makeDrafts(),
  validate: async source => (await call('validateExtension', { body: { source } })).body,
  create: async (name, source) => {
    await call('createExtension', { body: { name, source } })
  },
  patch: async (name, value, ifMatch) =>
    (await call('patchExtension', { path: { name }, body: value as never, ifMatch })).etag,
  Declared: DeclarationView
}
