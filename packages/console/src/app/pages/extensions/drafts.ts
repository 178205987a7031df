/** A text that is not saved yet, and the version of the extension that it began from. */
export interface Draft { readonly text: string, readonly etag: string | undefined }

/** Name of the draft of a new extension; no extension has it. */
export const NEW = ''

/** Unsaved texts by extension: they stay while one looks at other pages. */
export const drafts = new Map<string, Draft>()

addEventListener('beforeunload', event => { if (drafts.size > 0) event.preventDefault() })

/** What a new extension begins with: it compiles, and every line of it will be changed. */
export const TEMPLATE = `import { defineProtocol, forward, frame } from '@weirlb/sdk'

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
`
