import { errorCodes, type ErrorCode, WeirError } from '@weirlb/model'
import type { Bundle, Guest, LoadOptions, Runtime } from '@weirlb/sdk/abi'
import type { EngineExtension, EngineVersion } from '../engine-config.ts'

/** Returns the runtime's options for a version and its extension's limits. */
export const loadOptions = (extension: EngineExtension, { mode }: EngineVersion): LoadOptions => ({
  mode,
  heapMb: extension.limits.heapMb,
  batchTimeoutMs: extension.limits.batchTimeoutMs,
  originatedBytes: extension.limits.originatedBytes
})

interface RuntimeError {
  readonly code?: unknown
  readonly message?: unknown
  readonly issues?: readonly { readonly path: string, readonly message: string }[]
}

/** Returns a runtime's error as a WeirError of the same code; `what` failed to load. */
export const runtimeError = (error: unknown, what: string): WeirError => {
  const { code, message, issues } = error as RuntimeError
  const known: ErrorCode = typeof code === 'string' && Object.hasOwn(errorCodes, code)
    ? code as ErrorCode
    : 'extension-load'
  return new WeirError(known, `${what}: ${String(message)}`, { cause: error, issues: issues ?? [] })
}

/** Load an extension; the runtime's errors become WeirErrors of the same code. */
export const loadGuest = async (runtime: Runtime, bundle: Bundle, options: LoadOptions): Promise<Guest> => {
  try {
    return await runtime.load(bundle, options)
  } catch (error) {
    throw runtimeError(error, `extension '${bundle.name}'`)
  }
}
