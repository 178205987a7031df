import { createRequire } from 'node:module'
import { dirname } from 'node:path'

const require = createRequire(import.meta.url)
const sdk = require.resolve('@weirlb/sdk')
/** Directory of the SDK's own sources. */
export const sdkRoot = dirname(dirname(sdk))

// The trailing slash means the npm package, not Node's module.
const buffer = require.resolve('buffer/')

/** Resolved to Weir's own copy whatever is installed near the author's source: the guest loop must share its classes. */
export const provided: Readonly<Record<string, string>> = {
  '@weirlb/sdk': sdk,
  '@weirlb/sdk/guest': require.resolve('@weirlb/sdk/guest'),
  buffer,
  'node:buffer': buffer
}
