import ivm from 'isolated-vm'
import {
  allocate,
  layoutFor,
  PROGRAM_GLOBAL,
  type Bundle,
  type Declaration,
  type LoadOptions,
  type SharedMemory
} from '@weirlb/sdk/abi'
import { MAX_DECLARATION, readDeclaration } from './bundle/read-declaration.ts'
import { scriptName, type StackMapper } from './bundle/stack-mapper.ts'
import { ExtensionError } from './extension-error.ts'
import { failureOf, stackOf } from './guest-failure.ts'

const filename = 'weir-bootstrap'

// WebAssembly memory does not count against the heap, and extensions are JavaScript. The other two call back from the
// isolate's own tasks, between two calls or at the end of heap statistics, where there is no time-out.
const PREPARE = 'delete globalThis.WebAssembly; delete globalThis.FinalizationRegistry; delete Atomics.waitAsync'
const TAKE =
  `(() => { const program = globalThis.${PROGRAM_GLOBAL}; delete globalThis.${PROGRAM_GLOBAL}; return program })()`
// Cut where the guest is: what it describes would otherwise be copied whole.
const DESCRIBE = 'const text = $0.describe(); return typeof text === "string" && text.length <= $1 ? text : "null"'
const START =
  'const run = $0.start(new Int32Array($1), new Uint8Array($2), $3, $4, $5); return argument => run(argument)'

/** A guest that is ready to run batches. */
export interface LiveProgram<D = Declaration> {
  readonly declaration: D
  readonly memory: SharedMemory
  /** Takes a run argument, returns the number of processed requests. */
  readonly run: ivm.Reference<(argument: number) => number>
}

/**
 * Turn whatever came out of the isolate during loading into an ExtensionError. `gone`: the isolate is disposed, and not
 * by us.
 */
export const loadError = (error: unknown, mapper: StackMapper, timeoutMs: number, gone: boolean): ExtensionError => {
  if (error instanceof ExtensionError) return error
  const failure = failureOf(error, gone)
  if (failure.kind === 'timeout')
    return new ExtensionError('extension-load', `the module ran longer than ${timeoutMs} ms while it was loaded`)
  if (failure.kind === 'memory')
    return new ExtensionError('extension-load', 'the module exceeded its heap (heapMb) while it was loaded')
  const stack = mapper.map(stackOf(error))
  const at = mapper.firstPosition(stack)
  return new ExtensionError('extension-load', `the module threw while it was loaded: ${stack}`, { ...at, cause: error })
}

/** A program that has been evaluated, and what it describes. */
export interface Evaluated {
  readonly context: ivm.Context
  readonly program: ivm.Reference
  readonly described: unknown
}

/**
 * Evaluate a bundle in a fresh isolate, all on isolated-vm's threads: the caller's event loop never waits for the
 * author's code.
 */
export const evaluate = async (isolate: ivm.Isolate, bundle: Bundle, timeout: number): Promise<Evaluated> => {
  const context = await isolate.createContext()
  await context.eval(PREPARE, { filename })
  const script = await isolate.compileScript(bundle.code, { filename: scriptName(bundle) })
  await script.run(context, { timeout })
  script.release()
  const program = await context.eval(TAKE, { filename, timeout, reference: true }) as ivm.Reference
  const described: unknown = await context.evalClosure(DESCRIBE, [program.derefInto(), MAX_DECLARATION], {
    filename,
    timeout
  })
  return { context, program, described }
}

/**
 * Evaluate a bundle and start its guest loop. Only two SharedArrayBuffers and three numbers enter the context; the host
 * keeps one function.
 */
export const bringUp = async (
  isolate: ivm.Isolate,
  bundle: Bundle,
  options: LoadOptions,
  timeout: number
): Promise<LiveProgram> => {
  const { context, program, described } = await evaluate(isolate, bundle, timeout)
  const declaration = readDeclaration(described)

  const memory = allocate(layoutFor(declaration, options.originatedBytes))
  const { control, arena, layout } = memory
  const run: ivm.Reference = await context.evalClosure(START, [
    program.derefInto({ release: true }),
    new ivm.ExternalCopy(control.buffer).copyInto({ release: true }),
    new ivm.ExternalCopy(arena.buffer).copyInto({ release: true }),
    layout.inBytes, layout.outBytes, options.originatedBytes
  ], { filename, timeout, result: { reference: true } })
  return { declaration, memory, run: run as LiveProgram['run'] }
}
