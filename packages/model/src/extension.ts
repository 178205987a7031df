import { z } from 'zod'
import { comment, name } from './name.ts'

/** How an extension is run: `thread` survives any hostile code; `loop` is faster and trusts the code not to exhaust its heap. */
export const extensionMode = z.enum(['thread', 'loop'])
export type ExtensionMode = z.infer<typeof extensionMode>

/** What one extension may use. */
export const extensionLimits = z.strictObject({
  heapMb: z.int().min(8).max(1024).default(64).describe('Heap of its isolate, in MB.'),
  batchTimeoutMs: z.int().min(5).max(10_000).default(100).describe('Longest time one batch of messages may take, in ms.'),
  originatedBytes: z.int().min(1024).max(16 * 1024 * 1024).default(256 * 1024).describe('Most bytes one message may originate: keys, replies, replacements, field values.')
})
export type ExtensionLimits = z.infer<typeof extensionLimits>

/** A sandboxed module, TypeScript or JavaScript, whose default export is `defineProtocol({...})`. */
export const extension = z.strictObject({
  name: name.describe('Name of the extension.'),
  source: z.string().max(4 * 1024 * 1024).optional().describe('TypeScript or JavaScript text of the module. Give this or `builtin`.'),
  builtin: z.string().optional().describe('Name of an extension that ships with Weir, such as `mqtt`. Give this or `source`.'),
  trusted: z.boolean().optional().describe('Run it on the event loop (mode `loop`). Default: true for builtins, false for source.'),
  limits: extensionLimits.prefault({}).describe('What the extension may use.'),
  comment
}).refine(e => (e.source === undefined) !== (e.builtin === undefined), { message: 'give either source or builtin', path: ['source'] })
export type Extension = z.infer<typeof extension>

/** The mode an extension runs in. */
export const modeOf = (e: Extension): ExtensionMode => (e.trusted ?? e.builtin !== undefined) ? 'loop' : 'thread'
