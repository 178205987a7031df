import { load, type ExtensionSource, type LoadedProtocol, type RuntimeName } from './subject.ts'

/** An extension in one of the runtimes. */
export interface InRuntime { readonly runtime: RuntimeName, readonly protocol: LoadedProtocol }

/**
 * Load an extension in this process and in the sandbox, so that one loop round the tests of any test runner runs them
 * in both:
 *
 *   for (const { runtime, protocol } of await bothRuntimes(new URL('../src/index.ts', import.meta.url))) {
 *     test(`a greeting (${runtime})`, () => { everySplit(protocol, hex`…`) })
 *   }
 *
 * The process must have been started with `--no-node-snapshot`, as `weir extension test` does.
 */
export const bothRuntimes = async (from: ExtensionSource): Promise<readonly InRuntime[]> => [
  { runtime: 'in-process', protocol: await load(from, 'in-process') },
  { runtime: 'sandbox', protocol: await load(from, 'sandbox') }
]
