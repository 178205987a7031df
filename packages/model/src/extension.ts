import { z } from 'zod'
import { comment, name } from './name.ts'

/**
 * How an extension is run: `thread` survives any hostile code; `loop` is faster and trusts the code not to exhaust its
 * heap.
 */
export const extensionMode = z.enum(['thread', 'loop'])
export type ExtensionMode = z.infer<typeof extensionMode>

/** Whether new code is checked against the types of the SDK. */
export const extensionCheck = z.enum(['types', 'off'])

/** Resource limits of one extension. */
export const extensionLimits = z.strictObject({
  heapMb: z.int().min(8).max(1024).default(64).describe('Heap of its isolate, in MB. A change reloads the code.'),
  batchTimeoutMs: z.int().min(5).max(10_000).default(100).describe('Maximum CPU time of one message, in ms. A message that exceeds it is stopped and its connection ends as `extension-error`. On a busy machine the wall-clock time-out comes up to a second later.'),
  originatedBytes: z.int().min(1024).max(16 * 1024 * 1024).default(256 * 1024).describe('Maximum bytes that one message may originate: keys, replies, the excess of a replacement over the message, field values. A change reloads the code.'),
  heldBytes: z.int().min(4096).max(256 * 1024 * 1024).default(1024 * 1024).describe('Maximum bytes of one direction of a connection that wait for verdicts before the sender is paused. The lower of this and the user vserver\'s `bufferedBytes` applies; a message that enters whole always fits. For new connections.')
})
export type ExtensionLimits = z.infer<typeof extensionLimits>

/**
 * Limits on repeated failures, after which an extension is out of service. A strike is an exceeded heap, a crash, a
 * failed load, or a message stopped at its time limit; of the latter, one counts per client address.
 */
export const extensionStrikes = z.strictObject({
  failures: z.int().min(1).max(100).default(5).describe(
    'Strikes within the window that take it out of service, per worker.'
  ),
  windowSeconds: z.number().min(1).max(3600).default(60).describe('The window, in seconds.'),
  downSeconds: z.number().min(0.1).max(3600).default(60).describe('Time out of service, in seconds. Afterwards it serves again with no strikes, reloaded unless it still has connections.')
})
export type ExtensionStrikes = z.infer<typeof extensionStrikes>

/** Longest text of an extension, in characters; a source map in it counts. */
export const MAX_SOURCE = 4 * 1024 * 1024
const source = z.string().max(MAX_SOURCE).optional()
const builtin = z.string().optional()
const isOne = (e: { readonly source?: string | undefined, readonly builtin?: string | undefined }): boolean =>
  (e.source === undefined) !== (e.builtin === undefined)

/** A version that a share of the new connections tries. */
export const extensionCanary = z.strictObject({
  source: source.describe('TypeScript or JavaScript text of the canary. A PUT or PATCH may omit it and give the canary as the `source` or `builtin` of the extension.'),
  builtin: builtin.describe('Name of an extension included with Weir, instead of `source`.'),
  percent: z.int().min(1).max(100).describe(
    'Share of new connections that get it. Exact in each worker: this many of every 100 consecutive ones.'
  ),
  revertOnErrorsAbove: z.number().min(0).max(1).default(0.02).describe(
    'Errors per connection, over all workers, above which it is reverted. With 1 it is reverted only when out of service.'
  ),
  minConnections: z.int().min(1).max(1_000_000).default(20).describe(
    'Connections that it must have had before its errors are evaluated.'
  )
}).refine(isOne, { message: 'give either source or builtin', path: ['source'] })
export type ExtensionCanary = z.infer<typeof extensionCanary>

/** A sandboxed module, TypeScript or JavaScript, whose default export is `defineProtocol({...})`. */
export const extension = z.strictObject({
  name: name.describe('Name of the extension.'),
  source: source.describe('TypeScript or JavaScript text of the module. Give this or `builtin`.'),
  builtin: builtin.describe('Name of an extension included with Weir, such as `mqtt`. Give this or `source`.'),
  trusted: z.boolean().optional().describe(
    'Run it on the event loop (mode `loop`). Default: true for builtins, false for source.'
  ),
  check: extensionCheck.default('types').describe(
    '`types`: new code is checked against the SDK\'s types before it is taken; `off`: it is taken unchecked. Code that runs already, or is restored, is not checked again.'
  ),
  limits: extensionLimits.prefault({}).describe('Resource limits of the extension.'),
  strikes: extensionStrikes.prefault({}).describe('Failures that take the extension out of service.'),
  failOpen: z.boolean().default(false).describe(
    'Tunnel connections while the extension is unavailable, instead of closing them. Their bytes are not inspected.'
  ),
  canary: extensionCanary.optional().describe('A second version that serves a share of new connections.'),
  comment
}).refine(isOne, { message: 'give either source or builtin', path: ['source'] })
export type Extension = z.infer<typeof extension>

/** The code of a version: its own source, or the name of a built-in one. */
export interface ExtensionCode { readonly source?: string | undefined, readonly builtin?: string | undefined }

/** True when both are the same code. */
export const sameCode = (a: ExtensionCode, b: ExtensionCode): boolean =>
  a.source === b.source && a.builtin === b.builtin

/** The mode that the code of an extension, or of its canary, runs in. */
export const modeOf = (e: Extension, code: ExtensionCode = e): ExtensionMode =>
  (e.trusted ?? code.builtin !== undefined) ? 'loop' : 'thread'
