import { createContext, Script } from 'node:vm'
import {
  allocate,
  layoutFor,
  PROGRAM_GLOBAL,
  type Bundle,
  type Guest,
  type LoadOptions,
  type Runtime
} from '@weirlb/sdk/abi'
import { ExtensionError, readDeclaration, scriptName, StackMapper } from '@weirlb/sandbox/bundle'
import { InProcessGuest } from './in-process-guest.ts'

const START =
  '(program, control, arena, ...sizes) => program.start(new Int32Array(control), new Uint8Array(arena), ...sizes)'

interface Program {
  describe (): unknown
}
type Start = (
  program: Program,
  control: ArrayBufferLike,
  arena: ArrayBufferLike,
  inBytes: number,
  outBytes: number,
  originatedBytes: number
) => (argument: number) => number

/**
 * Runs the same bundles and the same guest loop as the sandbox in a `node:vm` context of this process: no isolation and
 * no limits, but nothing to install and a debugger that reaches the author's code. For tests only.
 */
export const createInProcessRuntime = (): Runtime => ({
  async load (bundle: Bundle, options: LoadOptions): Promise<Guest> {
    const mapper = new StackMapper(bundle)
    const context = createContext({}, { name: bundle.name })
    let program: Program
    try {
      new Script(bundle.code, { filename: scriptName(bundle) }).runInContext(context)
      program = context[PROGRAM_GLOBAL] as Program
    } catch (error) {
      const stack = mapper.map((error as Error).stack ?? String(error))
      throw new ExtensionError('extension-load', `the module threw while it was loaded: ${stack}`, {
        ...mapper.firstPosition(stack),
        cause: error
      })
    }
    delete context[PROGRAM_GLOBAL]
    const declaration = readDeclaration(program.describe())
    const memory = allocate(layoutFor(declaration, options.originatedBytes))
    const start = new Script(START).runInContext(context) as Start
    const run = start(
      program,
      memory.control.buffer,
      memory.arena.buffer,
      memory.layout.inBytes,
      memory.layout.outBytes,
      options.originatedBytes
    )
    return new InProcessGuest(declaration, memory, run, stack => mapper.map(stack))
  }
})
