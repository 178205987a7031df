import { ExtensionError } from './extension-error.ts'

const FLAG = '--no-node-snapshot'

/** True when this process was started without Node's start-up snapshot, in which isolated-vm cannot run safely. */
export const startedWithoutSnapshot = (execArgv: readonly string[], nodeOptions: string | undefined): boolean =>
  execArgv.includes(FLAG) || (nodeOptions ?? '').split(/\s+/).includes(FLAG)

/** Throws an ExtensionError (runtime-unavailable) with the remedy. */
export const requireNoSnapshot = (): void => {
  if (startedWithoutSnapshot(process.execArgv, process.env['NODE_OPTIONS'])) return
  throw new ExtensionError('runtime-unavailable',
    `the sandbox cannot run in this process: start Node with ${FLAG}, or set NODE_OPTIONS=${FLAG}, or run with workers ≥ 1 (they are started with the flag)`)
}
