// Published ways out of JavaScript sandboxes, as far as they can be tried in a bare isolate, and ways to confuse the
// guest loop or who reads its answers.
import { ANSWER_WORDS, ANSWERS_AT, Answer, BANK_WORDS, EFFECTS_AT } from '@weirlb/sdk/abi'

/**
 * `say` runs for every message and answers what it has found as text: nothing is the empty text. `before` runs when
 * the module is loaded.
 */
const attempt = (say: string, before = ''): string => `import { defineProtocol, forward, frame } from '@weirlb/sdk'
/** Names that only a host has, as far as this object has them. */
const look = (g: any): string => {
  if (g === null || (typeof g !== 'object' && typeof g !== 'function')) return ''
  const names = ['process', 'require', 'module', 'Buffer', 'setTimeout', 'setImmediate', 'fetch', 'ivm', 'Isolate', 'Reference', 'ExternalCopy', 'applySync', 'derefInto',
    'WebAssembly', 'Worker', 'Deno', 'structuredClone', 'queueMicrotask', 'd8', 'readFile', 'quit']
  return names.filter(name => { try { return g[name] !== undefined } catch { return false } }).join()
}
/** Whatever the realm of a function has. */
const realm = (f: any): string => { try { return look(f.constructor('return this')()) } catch (error) { return '' } }
let found = ''
const keep = (text: string): void => { if (!found.includes(text)) found += text }
${before}
export default defineProtocol({ name: 'escape', api: 1, balance: 'per-connection', params: {}, state: () => ({ seen: 0 }), client: { framing: frame.lines({ max: 1024 }),
  onMessage (message: any, ctx: any): any {
    ${say}
    return forward({ token: found })
  } } })`

/**
 * One technique. `ends`: what the first message may come to, where that is not a plain answer; `free`: its keys are
 * its own invention.
 */
export interface Technique {
  readonly name: string
  readonly source: string
  readonly ends?: readonly string[]
  readonly free?: true
}

/** What only a host has, where everybody finds it. */
const LEAK = '(globalThis as any).process = {}\n'
/** A way to reach for what is not there, and the same where it is: `plant` is the hole that this way would find. */
const reach = (say: string, before = '', plant = LEAK): Pick<Reaching, 'source' | 'leaking'> => ({
  source: attempt(say, before),
  leaking: attempt(say, plant + before)
})
interface Reaching extends Technique {
  /** Must be found out. */ readonly leaking: string
}

const reaching: readonly Reaching[] = [
  { name: 'constructor chain of this', ...reach("keep(look((this as any)?.constructor?.constructor?.('return this')?.() ?? Function('return this')()))") },
  { name: 'constructors of all kinds of functions', ...reach(`
    for (const f of [function () {}, async () => {}, function * () {}, async function * () {}, class {}, Math.max, ctx.reply, message.reader]) {
      const make = Object.getPrototypeOf(f).constructor
      const g: any = {}
      try { const made = make('g', 'g.all = this; g.p = typeof process; g.r = typeof require')(g); made?.next?.() } catch {}
      keep(look(g.all)); if (g.p !== undefined && g.p + g.r !== 'undefinedundefined') keep('process')
    }`) },
  { name: 'constructor chains of everything that is handed in', ...reach(`
    for (const o of [ctx, ctx.state, ctx.params, ctx.client, ctx.vserver, ctx.reply, message, message.bytes, message.bytes.buffer, message.reader(), message.length]) {
      for (let p: any = Object(o); p !== null; p = Object.getPrototypeOf(p)) { keep(look(p)); keep(realm(p.constructor)); for (const k of Reflect.ownKeys(p)) { try { keep(realm(p[k])) } catch {} } }
    }`) },
  { name: 'callers of a sloppy function', ...reach("try { const f = Function('return arguments.callee.caller')(); keep(realm(f)); keep(look(f?.arguments)) } catch {}") },
  { name: 'CallSites of prepareStackTrace', ...reach(`
    const sites: any[] = []
    ;(Error as any).stackTraceLimit = Infinity
    ;(Error as any).prepareStackTrace = (_: any, all: any[]) => { sites.push(...all); return 'x' }
    void new Error().stack
    for (const s of sites) { keep(look(s.getThis?.())); keep(realm(s.getFunction?.())); keep(look(s.getFunction?.())); keep(realm(s.constructor)); try { keep(look(s.getEvalOrigin())) } catch {} }`) },
  { name: 'CallSites after an overflow of the stack', ...reach(`
    ;(Error as any).prepareStackTrace = (_: any, all: any[]) => { for (const s of all) keep(realm(s.getFunction?.())); return '' }
    const f = (): void => { try { f() } catch (error) { void (error as Error).stack; keep(realm((error as Error).constructor)) } }
    f()`), ends: ['forward', 'threw', 'timeout'] },
  { name: 'errors made by the host side of a call', ...reach("for (const f of [() => ctx.reply(5), () => ctx.idleTimeout(-1), () => ctx.set('x', 1), () => null!.x, () => new Array(-1), () => 'x'.repeat(2 ** 30)]) { try { f() } catch (error: any) { keep(realm(error.constructor)); keep(look(error)) } }") },
  { name: 'captureStackTrace on the context', ...reach(`
    ;(Error as any).prepareStackTrace = (_: any, all: any[]) => all
    for (const o of [{}, Object.create(ctx), globalThis] as any[]) {
      try { (Error as any).captureStackTrace(o); for (const s of o.stack) { keep(look(s.getThis?.())); keep(realm(s.getFunction?.())); keep(realm(s.constructor)) } } catch {}
    }`) },
  { name: 'eval', ...reach("keep(look((0, eval)('this'))); try { keep(look(eval('this'))) } catch {}") },
  { name: 'with', ...reach("keep(look(Function('o', 'with (o) { return this }')(new Proxy({}, { has: () => true, get: (_, k) => k === Symbol.unscopables ? undefined : undefined }))))") },
  { name: 'import()', ...reach('', "for (const m of ['fs', 'node:fs', 'isolated-vm', 'file:///etc/passwd', 'data:text/javascript,export default 1']) { try { (Function('m', 'return import(m)')(m) as Promise<any>).then(x => { keep('imported ' + m) }, error => { keep(realm(error.constructor)) }) } catch {} }") },
  { name: 'import() in eval, and import.meta', ...reach("for (const code of ['import.meta', 'import(\"fs\")', 'import.meta.url', 'new.target', 'export default 1']) { try { (0, eval)(code)?.catch?.((error: any) => { keep(realm(error.constructor)) }) } catch {} }") },
  { name: 'globals that were deleted', ...reach("for (const k of Reflect.ownKeys(globalThis)) { try { keep(realm((globalThis as any)[k])); keep(look((globalThis as any)[k])) } catch {} } keep(look(globalThis))") },
  { name: 'console', ...reach("for (const k of Object.keys((globalThis as any).console ?? {})) { const c = (globalThis as any).console; try { keep(realm(c[k])); c[k](new Proxy({}, { get: () => { throw 1 } }), { toString () { throw 1 } }) } catch {} }") },
  { name: 'Intl, Date and Temporal', ...reach("const g = globalThis as any; for (const o of [g.Intl, g.Temporal, Date]) { if (o !== undefined) for (const k of Reflect.ownKeys(o)) { try { keep(realm(o[k])); keep(look(new o[k]())) } catch {} } } new Date(NaN).toString(); try { new Date().toLocaleString('de', { timeZone: 'Europe/Berlin' }) } catch {}"), ends: ['forward', 'timeout'] },
  { name: 'ShadowRealm', ...reach("const S = (globalThis as any).ShadowRealm; if (S !== undefined) keep(new S().evaluate('typeof process') === 'undefined' ? '' : 'process')",
    '', "(globalThis as any).ShadowRealm = class { evaluate () { return 'object' } }\n") },
  // A callback that the collector makes would run outside every call, where no time-out is; when it does so is the
  // collector's affair, so its being there is the leak.
  { name: 'FinalizationRegistry', ...reach("if ((globalThis as any).FinalizationRegistry !== undefined) keep('process')", '', '(globalThis as any).FinalizationRegistry = class {}\n') },
  { name: 'WeakRef', ...reach("const w = new WeakRef({}); keep(realm(w.constructor)); keep(realm(w.deref)); keep(look(w.deref()))") },
  { name: 'Atomics.waitAsync', ...reach("if (words[1] === 0) { words[1] = 1; (Atomics as any).waitAsync?.(words, 0, 0, 20).value.then(() => { keep('process') }) } else Atomics.notify(words, 0)",
    'const words = new Int32Array(new SharedArrayBuffer(8))',
    ";(Atomics as any).waitAsync = () => ({ value: Promise.resolve('ok') })\n") },
  { name: 'what a thenable is handed', ...reach(`
    const thenable = { then (resolve: any, reject: any) { for (const f of [resolve, reject]) { keep(realm(f)); keep(realm(f.constructor)); keep(look(f.caller)) } resolve(1) } }
    void (async () => { await thenable })(); void Promise.resolve(thenable); void Promise.all([thenable]); void Promise.race([thenable])`) },
  { name: 'what a promise is rejected with by the engine', ...reach(`
    const caught = (error: any): void => { keep(realm(error?.constructor)); keep(look(error)) }
    for (const f of [async () => null!.x, async () => { await null; return ctx.reply(5) }, async () => await Promise.any([])]) f().catch(caught)`) }
]

/** Pollutes what the guest loop uses. Whatever becomes of its own connection is its own affair. */
const ANY = [
  'forward',
  'drop',
  'reject',
  'malformed',
  'threw',
  'skipped',
  'none',
  'crash',
  'timeout',
  'memory',
  'extension-load',
  'extension-invalid',
  'extension-no-default',
  'extension-api'
]
const pollution = (name: string, code: string): readonly Technique[] => [
  { name: `${name}, in a handler`, source: attempt(code), ends: ANY },
  { name: `${name}, at load`, source: attempt('', code), ends: ANY }
]
const polluting: readonly Technique[] = [
  ...pollution('Object.prototype', "for (const k of ['then', 'get', 'set', 'value', 'op', 'token', 'session', 'bytes', 'toJSON', 'timeout', 'reference', 'copy', 'length', '0', 'name', 'params']) { try { Object.defineProperty(Object.prototype, k, { configurable: true, get () { keep(realm(this)); return 5 }, set () {} }) } catch {} }"),
  ...pollution('Array.prototype', "for (const k of ['push', 'map', 'indexOf', 'join', 'slice', Symbol.iterator] as any[]) (Array.prototype as any)[k] = function () { keep(look(this)); throw new Error('array') }; Object.defineProperty(Array.prototype, '0', { set () { throw 1 }, get: () => 7 })"),
  ...pollution('Uint8Array.prototype', "const P = Object.getPrototypeOf(Uint8Array.prototype); for (const k of ['set', 'subarray', 'slice', 'fill', 'copyWithin', Symbol.iterator] as any[]) Object.defineProperty(P, k, { value () { return new Uint8Array(1) } }); for (const k of ['length', 'byteLength', 'buffer', 'byteOffset']) Object.defineProperty(Uint8Array.prototype, k, { get: () => 2 ** 40 })"),
  ...pollution('Int32Array.prototype', "for (const k of ['0', '1', 'length', 'fill'] as any[]) Object.defineProperty(Int32Array.prototype, k, { get: () => 2 ** 31, set () { throw 1 } })"),
  ...pollution('Map, String and Function', "Map.prototype.get = () => { throw 1 }; (String.prototype as any).slice = () => 5; (String as any).fromCharCode = () => { throw 1 }; Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => { throw 1 }"),
  ...pollution('Promise', "(Promise.prototype as any).then = function () { keep(look(this)); throw 1 }; (globalThis as any).Promise = class { then () { throw 1 } }"),
  ...pollution('JSON, Object and Number', "JSON.parse = () => ({ get name () { throw 1 } }); (JSON as any).stringify = () => 'x'.repeat(2e6); (Object as any).freeze = () => null; (Object as any).entries = () => { throw 1 }; (Number as any).isInteger = () => true; (Math as any).min = () => NaN"),
  ...pollution('instanceof and species', "Object.defineProperty(Uint8Array, Symbol.hasInstance, { value: () => true }); Object.defineProperty(Object.getPrototypeOf(Uint8Array), Symbol.species, { get: () => class { constructor () { throw 1 } } }); Object.defineProperty(Error, Symbol.hasInstance, { value: () => true })"),
  ...pollution('Error', "(globalThis as any).Error = class { get stack () { throw 1 } get message () { throw 1 } }; (globalThis as any).TypeError = (globalThis as any).RangeError = undefined"),
  ...pollution('globalThis', "for (const k of ['Object', 'Array', 'Uint8Array', 'Int32Array', 'String', 'JSON', 'Error', 'Symbol', 'Promise', 'Map']) { try { (globalThis as any)[k] = new Proxy(function () {}, { get () { throw 1 }, construct () { throw 1 }, apply () { throw 1 } }) } catch {} }"),
  ...pollution('a frozen world', "for (const o of [Object.prototype, Array.prototype, Function.prototype, Error.prototype, globalThis]) { try { Object.freeze(o) } catch {} } try { Object.setPrototypeOf(globalThis, new Proxy({}, { get () { throw 1 } })) } catch {}")
]

const answering: readonly Technique[] = [
  ['a getter that answers another op each time', "let n = 0; return { get op () { return ['forward', 'reject', 'drop'][n++ % 3] }, get why () { return { toString () { throw 1 } } } }"],
  ['toPrimitive in every part', "const p = { [Symbol.toPrimitive] () { for (let i = 0; i < 9; i++) ctx.reply(message.bytes); return 'tunnel' } }; return { op: 'forward', then: p, token: p, session: p, via: p }"],
  ['a proxy as bytes', "return { op: 'forward', bytes: new Proxy(new Uint8Array(4), {}) }"],
  ['bytes whose length changes', "class Liar extends Uint8Array { #n = 0; override get length (): any { return this.#n++ === 0 ? 1 : 4e6 } } return forward({ bytes: new Liar(4e6), token: new Liar(4e6) })"],
  ['bytes over the shared memory itself', "return forward({ bytes: new Uint8Array(message.bytes.buffer), token: new Uint8Array(message.bytes.buffer) })"],
  ['bytes of a buffer that is gone', "const b = new ArrayBuffer(8); const u = new Uint8Array(b); (b as any).transfer(); return forward({ bytes: u, token: u })"],
  ['bytes of a buffer that shrinks', "const b = new (ArrayBuffer as any)(1000, { maxByteLength: 1000 }); const u = new Uint8Array(b); b.resize(1); return forward({ bytes: u, token: u })"],
  ['a huge key', "return forward({ token: 'x'.repeat(2 ** 27) })"],
  ['a huge reason', "return { op: 'reject', why: 'é'.repeat(2 ** 22) }"],
  ['a rope of strings', "let s = 'ab'; for (let i = 0; i < 26; i++) s += s; return forward({ session: s })"],
  ['a promise', 'return (async () => forward())()'],
  ['itself', 'return ctx'],
  ['a revoked proxy', 'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy'],
  ['a throw of a revoked proxy', 'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy'],
  ['a throw of a symbol', 'throw Symbol.iterator'],
  ['an error with a stack of newlines', "throw Object.assign(new Error('x'), { stack: '\\n'.repeat(4e5) })"],
  ['an error with an endless chain of causes', "const e: any = new Error('x'); e.cause = e; e.errors = [e]; throw e"],
  ['a regex with back references', "/(?<=^(\\w+?)\\1*(a+)+)$/.test('a'.repeat(40) + '!'); return forward()"]
].map(([name, say]) => ({ name: `answers ${name}`, source: attempt(say!), ends: ANY, free: true as const }))

/**
 * Puts itself between the host and the guest loop: with its own Int32Array it gets the control block, with the global
 * it gets the loop.
 */
const taking = `
let control: any, run: any
const Real = Int32Array
;(globalThis as any).Int32Array = function (buffer: any) { control = new Real(buffer); return control }
let program: any
Object.defineProperty(globalThis, '__weirProgram', { configurable: true, set (p) { program = p }, get: () => ({ describe: () => program.describe(),
  start: (...all: any[]) => { run = program.start(...all); return (n: number) => shim(n) } }) })
const EFFECTS = ${EFFECTS_AT}, THIRD = ${ANSWERS_AT + 2 * ANSWER_WORDS}
let shim: any = (n: number) => run(n)
`
const racing: readonly Technique[] = [
  ['promise jobs that the next batch lets go', 'go?.(); void new Promise(resolve => { go = resolve }).then(() => { control.fill(0x7fffffff); for (let i = 0; i < 50; i++) Promise.resolve().then(() => control.fill(-1)) })', 'let go: any'],
  ['a waiter that the next batch notifies', "if (waits) Atomics.notify(control, 0); else { waits = true; (Atomics as any).waitAsync?.(control, 0, control[0]).value.then(() => { for (;;) control.fill(-1) }) }", 'let waits = false'],
  ['a callback of the collector', 'for (let i = 0; i < 30; i++) { for (let n = 0; n < 100; n++) registry?.register({ n }, n); new Array(100_000).fill(i) }',
    'const F = (globalThis as any).FinalizationRegistry; const registry = F === undefined ? undefined : new F(() => { for (;;) control.fill(-1) })'],
  ['late writes from microtasks', 'void (async () => { for (let i = 0; i < 200; i++) { await null; control.fill(0x7fffffff) } })()', ''],
  ['lengths and offsets out of bounds', '', "shim = (n: number) => { const done = run(n); for (let w = 2; w < 12; w++) control[THIRD + w] = w % 2 === 0 ? 0x7ffffff0 : 0x7fffffff; return done }"],
  ['negative offsets', '', "shim = (n: number) => { const done = run(n); for (let w = 2; w < 12; w++) control[THIRD + w] = -5; return done }"],
  ['effects without number', '', `shim = (n: number) => { const done = run(n); control[THIRD + ${Answer.effectsFrom}] = 0; control[THIRD + ${Answer.effectsCount}] = 2048; control.fill(-1, EFFECTS); return done }`],
  ['unknown ops', '', `shim = (n: number) => { const done = run(n); control[THIRD] = 99; control[THIRD + ${Answer.then}] = 7; return done }`],
  ['re-entrance', 'if (depth++ < 50) run(1 << 16 | 3); if (depth < 60) run(3)', 'let depth = 0'],
  ['another count than was asked', '', 'shim = (n: number) => { run(n); return 512 }'],
  ['a count that is an object', '', "shim = (n: number) => { run(n); return { valueOf: () => 3 } }"],
  ['a count that is a function', '', 'shim = () => () => 3'],
  ['a count that is a BigInt', '', 'shim = (n: number) => BigInt(run(n))'],
  ['a count that is not a number', '', 'shim = (n: number) => { run(n); return NaN }'],
  ['a throw of the loop', '', "shim = () => { throw Object.assign(new Error('Script execution timed out.'), { stack: { toString () { throw 1 } } }) }"],
  ['a throw of null', '', 'shim = () => { throw null }'],
  ['a throw of an error with a stack of newlines', '', "shim = () => { throw Object.assign(new Error('\\n'.repeat(4e5)), { stack: '\\n'.repeat(4e5) }) }"],
  ['a throw of a proxy', '', 'shim = () => { throw new Proxy(new Error(), { get () { throw 1 }, getPrototypeOf () { throw 1 } }) }'],
  ['Atomics on the control block', 'Atomics.notify(control, 0); try { (Atomics as any).waitAsync(control, 0, 0) } catch {} for (let i = 0; i < 100; i++) Atomics.xor(control, i, -1)', '']
].map(([name, say, before]) => ({ name: `control block: ${name}`, source: attempt(say!, `${taking}\n${before}`), ends: [...ANY, 'unreadable', 'unknown 99'], free: true as const }))

/** Promises that nobody handles: the host hears of them after the call. */
const rejecting: readonly Technique[] = [
  ['an error', "Promise.reject(new Error('unhandled'))"],
  ['an error, later', "void (async () => { await null; throw new Error('nobody catches this') })()"],
  ['an error whose stack throws', "Promise.reject(Object.defineProperty(new Error('x'), 'stack', { get () { throw 1 } }))"],
  ['an error with a stack of newlines', "Promise.reject(Object.assign(new Error('x'), { stack: '\\n'.repeat(4e5) }))"],
  ['null', 'Promise.reject(null)'],
  ['a proxy', 'Promise.reject(new Proxy(new Error(), { get () { throw 1 }, getPrototypeOf () { throw 1 } }))'],
  ['the global object', 'Promise.reject(globalThis)'],
  ['many at once', "for (let i = 0; i < 1000; i++) Promise.reject(new Error('x' + i))"]
].map(([name, say]) => ({ name: `a promise is rejected with ${name!}`, source: attempt(say!) }))

/**
 * Writes over the bank that gathers while it runs: at `spin` it takes the first two requests there as the host writes
 * them, and puts garbage in place of them and of their bytes. What becomes of that batch it says itself: everything is
 * forwarded.
 */
export const overwriting = attempt("if (message.text() === 'spin\\n') overwrite()", `
let control: any, arena: any, run: any, bank = 0, forging = false
Object.defineProperty(globalThis, '__weirProgram', { configurable: true, set (p) { program = p }, get: () => ({ describe: () => program.describe(),
  start: (...all: any[]) => { [control, arena] = all; inBytes = all[2]; bankBytes = all[2] + all[3]; run = program.start(...all); return (n: number) => shim(n) } }) })
let program: any, inBytes = 0, bankBytes = 0
const REQUESTS = ${ANSWERS_AT}, ANSWER = ${ANSWER_WORDS}, BANK = ${BANK_WORDS}
const shim = (n: number): number => {
  bank = n >> 16 & 1
  if (!forging || (n & 0xffff) < 2) return run(n)
  for (let i = 0; i < (n & 0xffff); i++) {
    const at = bank * BANK + REQUESTS + i * ANSWER
    control.fill(-1, at, at + 12)
    control[at] = 1; control[at + 1] = 0; control[at + 12] = 0; control[at + 13] = 0; control[at + 14] = 1; control[at + 15] = 0; control[at + ${Answer.extras}] = 0
  }
  control[bank * BANK + BANK - 1 - 256 * 4] = 0
  return n & 0xffff
}
const overwrite = (): void => {
  const words = (1 - bank) * BANK, bytes = (1 - bank) * bankBytes
  let first = false, second = false
  for (const until = Date.now() + 2000; Date.now() < until && !(first && second);) {
    first = Atomics.exchange(control, words, 0x55) === 3 || first
    second = Atomics.exchange(control, words + 8, 0x55) === 3 || second
    control.fill(0x55, words + 1, words + 8); control.fill(0x55, words + 9, words + REQUESTS)
    arena.fill(0x58, bytes, bytes + inBytes)
  }
  forging = first && second
  keep(forging ? '' : 'the requests were not seen')
}`)

/** Every technique that waits for a message. */
export const techniques: readonly Technique[] = [...reaching, ...polluting, ...answering, ...racing, ...rejecting]

/** Ways to reach, with what they reach for. */
export const leaking: readonly Technique[] = reaching.map(({ name, leaking: source }) => ({ name, source }))

/** Those that mean to confuse the host, which are tried against the engine too. */
export const againstTheHost: readonly Technique[] = [...answering, ...racing]

/** Modules that are no protocol, and do their harm while they are loaded. */
export const modules: readonly Technique[] = [
  ['a thenable', 'export default { then (resolve: any) { resolve(globalThis) } }'],
  ['a proxy', "export default new Proxy({}, { get () { throw 1 }, ownKeys () { throw 1 } })"],
  ['a proxy that answers everything with itself', 'const p: any = new Proxy(function () {}, { get: () => p, apply: () => p, construct: () => p }); export default p'],
  ['a function', 'export default () => {}'],
  ['getters that answer anew', "let n = 0; export default { get name () { return 'x'.repeat(n += 1e5) }, get api () { return n }, client: { get framing () { return { kind: 'lines', get max () { throw 1 } } } } }"],
  ['a getter for default', 'let x: any = 5; Object.defineProperty(globalThis, "x", { get () { throw 1 } }); export { x as default }'],
  ['toJSON', "export default { name: 'x', api: 1, balance: 'per-connection', client: { framing: { kind: 'fixed', size: 4 }, toJSON () { return globalThis } } }"],
  ['a cycle', 'const c: any = { name: "c" }; c.client = c; export default c'],
  ['a huge declaration', "export default { name: 'x', api: 1, balance: 'per-connection', fields: Object.fromEntries(Array.from({ length: 3e5 }, (_, i) => ['f' + i, 'string'])) }"],
  ['a deep declaration', 'let d: any = {}; for (let i = 0; i < 1e5; i++) d = { d }; export default { name: d, client: d }'],
  ['a throw with a stack of newlines', "const e = new Error('x'); e.stack = '\\n'.repeat(1e6); throw e; export default 1"],
  ['a throw with a stack of frames', "const e = new Error('x'); e.stack = '    at :1:1'.repeat(5e5) + '\\n   at x'.repeat(2e5); throw e; export default 1"],
  ['a throw with a huge message', "throw new Error(' '.repeat(8e6)); export default 1"],
  ['a throw of null', 'throw null; export default 1'],
  ['a throw of a symbol', 'throw Symbol("x"); export default 1'],
  ['a throw of an object', 'throw { message: { toString () { throw 1 } } }; export default 1'],
  ['a throw of an object without a prototype', 'throw Object.create(null); export default 1'],
  ['a throw of a proxy', 'throw new Proxy(new Error("x"), { get () { throw 1 } }); export default 1'],
  ['a throw of an error with getters', 'throw Object.defineProperties(new Error("x"), { stack: { get () { throw 1 } }, message: { get () { throw 1 } }, name: { get () { throw 1 } } }); export default 1'],
  ['a stack that prepareStackTrace makes', "(Error as any).prepareStackTrace = () => ({ toString () { throw 1 } }); throw new Error('x'); export default 1"],
  ['a program whose parts are getters', 'Object.defineProperty(globalThis, "__weirProgram", { get: () => ({ get describe () { return () => ({}) }, get start () { throw 1 } }), set () {} }); export default 1'],
  ['a program that describes a promise', 'Object.defineProperty(globalThis, "__weirProgram", { get: () => ({ describe: async () => "{}" }), set () {} }); export default 1'],
  ['a program that is a promise', 'Object.defineProperty(globalThis, "__weirProgram", { get: () => Promise.resolve(5), set () {} }); export default 1'],
  ['a program that cannot be deleted', 'Object.defineProperty(globalThis, "__weirProgram", { configurable: false, value: 5, writable: true }); export default 1']
].map(([name, source]) => ({ name: `exports ${name}`, source: source! }))
