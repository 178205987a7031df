import { z } from 'zod'
import { extensionCheck, extensionStrikes } from './extension.ts'
import { comment, name } from './name.ts'

/** Longest text of an edge function, in characters; a source map in it counts. */
export const MAX_FUNCTION_SOURCE = 1024 * 1024

/** Resource limits of one edge function. */
export const edgeFunctionLimits = z.strictObject({
  cpuMs: z.int().min(1).max(1000).default(10).describe(
    'Maximum CPU time of one request, in ms. A request that exceeds it is stopped, up to 10 ms later. On a busy machine the wall-clock time-out comes up to a second later.'
  ),
  heapMb: z.int().min(8).max(256).default(16).describe(
    'Heap of its isolate in each worker, in MB. A change reloads the code.'
  ),
  bodyBytes: z.int().min(0).max(1024 * 1024).default(64 * 1024).describe(
    'Largest body of a response of its own, in bytes. A change reloads the code.'
  )
})
export type EdgeFunctionLimits = z.infer<typeof edgeFunctionLimits>

/** A sandboxed module that decides on HTTP requests and upgrades to WebSockets before they reach a server. */
export const edgeFunction = z.strictObject({
  name: name.describe('Name of the edge function.'),
  source: z.string().min(1).max(MAX_FUNCTION_SOURCE).describe("JavaScript or TypeScript: `export default edgeFunction({ onRequest (request) { … } })` of `@weirlb/sdk`, or `addEventListener('fetch', event => { event.respondWith(…) })`."),
  check: extensionCheck.default('types').describe('`types`: new code is checked against the types of what a function has; `off`: it is taken unchecked. Code that runs already, or is restored, is not checked again.'),
  limits: edgeFunctionLimits.prefault({}).describe('Resource limits of the function.'),
  strikes: extensionStrikes.prefault({}).describe('Failures that take the function out of service: exceeded heaps, crashes, failed loads, and requests stopped at `cpuMs`, of which one counts per client address.'),
  failOpen: z.boolean().default(false).describe('What becomes of a request on which the function does not decide, because it failed or is out of service: `true` lets it pass to the pool, `false` answers it with 503.'),
  comment
})
export type EdgeFunction = z.infer<typeof edgeFunction>

/**
 * Why an edge function did not decide on a request.
 *
 *   threw         it threw, or its promise was rejected
 *   no-response   it returned what is no response
 *   unresolved    its promise can never resolve
 *   body          it read the body of the request, or of the pool's response
 *   fetch         it fetched something other than its own request
 *   too-large     its response, or the head of the request, is too large
 *   timeout       it used up its CPU time
 *   starved       the machine gave it none
 *   memory        it exceeded its heap
 *   lost          it did not come back, and was abandoned with its thread
 *   crash         its isolate ended otherwise
 *   invalid       its answer is none that Weir can read
 *   busy          too many requests wait for it, or this one has waited too long
 *   down          it is out of service
 */
export const edgeFunctionFailures = [
  'threw', 'no-response', 'unresolved', 'body', 'fetch', 'too-large', 'timeout', 'starved', 'memory', 'lost', 'crash',
  'invalid', 'busy', 'down'
] as const
export type EdgeFunctionFailure = typeof edgeFunctionFailures[number]
