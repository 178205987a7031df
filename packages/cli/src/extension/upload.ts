import type { ExtensionInput } from '@weirlb/admin/client'
import { WeirError } from '@weirlb/model'
import type { Check } from './check-types.ts'
import { ask } from './rest.ts'

/** What is sent to a running Weir. */
export interface Upload {
  readonly api: string
  readonly name: string
  readonly source: string
  readonly check: Check | undefined
  readonly canary?: { readonly percent: number, readonly revertOnErrorsAbove?: number } | undefined
}

/** Create an extension, or replace the one of that name. Rejects as the API refuses it. */
export const upload = async ({ api, name, source, check, canary }: Upload): Promise<'created' | 'replaced'> => {
  const there = await ask(api, 'getExtension', { path: { name } }).then(() => true, (error: unknown) => {
    if (error instanceof WeirError && error.code === 'not-found') return false
    throw error
  })
  const more = { ...check === undefined ? {} : { check }, ...canary === undefined ? {} : { canary } }
  // A patch: what the operator has set beside the source stays as it is.
  if (there) await ask(api, 'patchExtension', { path: { name }, body: { source, builtin: null, ...more } })
  else await ask(api, 'createExtension', { body: { name, source, ...more } as ExtensionInput })
  return there ? 'replaced' : 'created'
}
