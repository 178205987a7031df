import { createRuntime } from '@weirlb/sandbox'
import { bundle } from '@weirlb/sandbox/bundle'
import { compileProtocol, type ProtocolSpec } from '@weirlb/engine/framing'
import type { Bundle, Guest, LoadOptions, Runtime } from '@weirlb/sdk/abi'
import type { Protocol } from '@weirlb/sdk'
import { basename, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { guestOf } from './in-process-guest.ts'
import { createInProcessRuntime } from './in-process-runtime.ts'

/** Where an extension runs in a test: in this process, or in the sandbox as in production. */
export type RuntimeName = 'in-process' | 'sandbox'

/** A protocol to drive: an imported `defineProtocol({…})`, or the result of `load`. */
export type Subject = Pick<Protocol, 'name' | 'api'> | LoadedProtocol

/** An extension: the file of its module, or its text. */
export type ExtensionSource = string | URL | { readonly source: string, readonly name?: string }

/** An extension's limits in a test. */
export const LIMITS: LoadOptions = { mode: 'loop', heapMb: 64, batchTimeoutMs: 2000, originatedBytes: 256 * 1024 }

/** A protocol with a guest that runs it. */
export class LoadedProtocol {
  readonly guest: Guest
  readonly spec: ProtocolSpec

  constructor (guest: Guest) {
    this.guest = guest
    this.spec = compileProtocol(guest.declaration)
  }

  /** End its guest. A guest that is not ended ends with the process. */
  dispose (): void { this.guest.dispose() }
}

/**
 * Bundle and load an extension as Weir does. Throws an ExtensionError that describes its fault, or
 * `runtime-unavailable`: the sandbox needs a process started with `--no-node-snapshot`.
 */
export const load = async (from: ExtensionSource, runtime: RuntimeName = 'sandbox'): Promise<LoadedProtocol> =>
  new LoadedProtocol(await runtimeOf(runtime).load(await bundleOf(from), LIMITS))

/**
 * Returns the runtime of this name. Throws `runtime-unavailable`: the sandbox needs a process started with
 * `--no-node-snapshot`.
 */
export const runtimeOf = (name: RuntimeName): Runtime => name === 'sandbox' ? createRuntime() : createInProcessRuntime()

/** Bundle an extension as Weir does. Throws an ExtensionError that describes its fault. */
export const bundleOf = async (from: ExtensionSource): Promise<Bundle> =>
  typeof from === 'string' || from instanceof URL
    ? await bundleFile(from)
    : await bundle(from.source, { name: from.name ?? 'extension' })

const bundleFile = async (from: string | URL): Promise<Bundle> => {
  const file = typeof from === 'string' && !from.startsWith('file:') ? from : fileURLToPath(from)
  return await bundle('', { name: basename(file, extname(file)), file })
}

/** Guests of imported protocols live as long as the value: a property test drives one ten thousand times. */
const imported = new WeakMap<object, LoadedProtocol>()

/** Returns the protocol behind any subject. */
export const loaded = (subject: Subject): LoadedProtocol => {
  if (subject instanceof LoadedProtocol) return subject
  const known = imported.get(subject)
  if (known !== undefined) return known
  const made = new LoadedProtocol(guestOf(subject, LIMITS.originatedBytes))
  imported.set(subject, made)
  return made
}
