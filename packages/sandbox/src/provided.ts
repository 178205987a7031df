import { createRequire } from 'node:module'
import { dirname, extname } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const sdk = require.resolve('@weirlb/sdk')
/** Directory of the SDK's own sources. */
export const sdkRoot = dirname(dirname(sdk))

/** Directory of this package's own sources. */
export const sandboxRoot = dirname(dirname(fileURLToPath(import.meta.url)))

/** The loop inside the isolate of an edge function, and its globals. */
export const functionGuest = fileURLToPath(new URL(`./edge-guest/program${extname(import.meta.url)}`, import.meta.url))

// The trailing slash means the npm package, not Node's module.
const buffer = require.resolve('buffer/')

/**
 * Resolved to Weir's own copy whatever is installed near the author's source: the guest loop must share its classes.
 */
export const provided: Readonly<Record<string, string>> = {
  '@weirlb/sdk': sdk,
  '@weirlb/sdk/guest': require.resolve('@weirlb/sdk/guest'),
  buffer,
  'node:buffer': buffer
}
