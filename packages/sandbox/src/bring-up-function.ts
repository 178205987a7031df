import { randomBytes } from 'node:crypto'
import ivm from 'isolated-vm'
import { allocate, type Bundle, type FunctionDeclaration, functionForms, type LoadOptions } from '@weirlb/sdk/abi'
import { evaluate, type LiveProgram } from './bring-up.ts'
import { ExtensionError } from './extension-error.ts'

const filename = 'weir-bootstrap'
const START = 'const run = $0.start(new Int32Array($1), new Uint8Array($2), $3, $4, $5, new Uint8Array($6)); return argument => run(argument)'

const IN_BYTES = 256 * 1024
const SEED_BYTES = 32
/** Bytes that one byte of a body may become in JSON, as `\u0001`. */
const WORST = 6
/** Room for the headers of an answer, and for the answers of a run. */
const HEADERS = 128 * 1024
const MORE = 256 * 1024

const refusals: Readonly<Record<string, string>> = {
  none: "the module decides on nothing; write: export default edgeFunction({ onRequest (request) { … } }), or addEventListener('fetch', event => { event.respondWith(…) })",
  both: "the module has both an edgeFunction and a listener of 'fetch'; one of them is to decide"
}

/** The declaration in what a function described; throws an ExtensionError (function-invalid). */
const read = (described: unknown): FunctionDeclaration => {
  let form: unknown
  let fault: unknown
  try { ({ form, fault } = JSON.parse(String(described)) as { readonly form?: unknown, readonly fault?: unknown }) } catch { /* As if it had described nothing. */ }
  const known = functionForms.find(each => each === form)
  if (known !== undefined) return { form: known }
  throw new ExtensionError('function-invalid', refusals[fault === 'both' ? 'both' : 'none']!)
}

/**
 * Evaluate the bundle of an edge function and start its loop. Two SharedArrayBuffers, three numbers and the seed of its
 * random numbers enter the context; the host keeps one function.
 */
export const bringUpFunction = async (
  isolate: ivm.Isolate,
  bundle: Bundle,
  { originatedBytes }: LoadOptions,
  timeout: number
): Promise<LiveProgram<FunctionDeclaration>> => {
  const { context, program, described } = await evaluate(isolate, bundle, timeout)
  const declaration = read(described)
  const memory = allocate({ inBytes: IN_BYTES, outBytes: WORST * originatedBytes + HEADERS + MORE })
  const { control, arena, layout } = memory
  const run: ivm.Reference = await context.evalClosure(START, [
    program.derefInto({ release: true }),
    new ivm.ExternalCopy(control.buffer).copyInto({ release: true }),
    new ivm.ExternalCopy(arena.buffer).copyInto({ release: true }),
    layout.inBytes, layout.outBytes, originatedBytes,
    new ivm.ExternalCopy(new Uint8Array(randomBytes(SEED_BYTES)).buffer).copyInto({ release: true })
  ], { filename, timeout, result: { reference: true } })
  return { declaration, memory, run: run as LiveProgram['run'] }
}
