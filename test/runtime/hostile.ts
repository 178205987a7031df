/** Extensions that mean harm, or are broken in the ways that hurt most. `body` runs for every message. */
const handler = (body: string, before = ''): string => `import { defineProtocol, forward, frame } from '@weirlb/sdk'
${before}
export default defineProtocol({ name: 'hostile', api: 1, balance: 'per-connection', client: { framing: frame.lines({ max: 1024 }),
  onMessage (message: any, ctx: any): any {
    ${body}
    return forward()
  } } })`

/** How a hostile extension may end: an answer of this op, or a failure of one of these kinds. */
export interface Hostile { readonly name: string, readonly source: string, readonly ends: readonly string[] }

const throwing: readonly Hostile[] = [
  { name: 'throws', source: handler("throw new Error('no')"), ends: ['threw'] },
  { name: 'throws what cannot be shown', source: handler('throw { toString () { throw 1 } }'), ends: ['threw'] },
  { name: 'throws with a stack that throws', source: handler("throw Object.defineProperty(new Error('x'), 'stack', { get () { throw 1 } })"), ends: ['threw'] },
  { name: 'recurses', source: handler('const f = (n: number): number => f(n + 1) + 1; f(0)'), ends: ['threw'] },
  { name: 'calls ctx.reply without end', source: handler('for (;;) ctx.reply(new Uint8Array(1))'), ends: ['threw'] },
  { name: 'calls ctx.log without end', source: handler("for (;;) ctx.log('info', 'x')"), ends: ['threw'] },
  { name: 'replies more than it may', source: handler('ctx.reply(new Uint8Array(1e6))'), ends: ['threw'] },
  ...['undefined', 'null', '5', "'forward'", '[]', '{}', "{ op: 'explode' }", "{ op: 'forward', then: 'toString' }", "{ op: 'forward', token: 5 }", "{ op: 'forward', bytes: 'text' }",
    "{ get op () { throw new Error('op') } }", 'Promise.resolve(forward())', 'new Proxy({}, { get () { throw 1 } })']
    .map(value => ({ name: `answers ${value}`, source: handler(`return ${value}`), ends: ['threw'] }))
]

const looping: readonly Hostile[] = [
  { name: 'loops', source: handler('for (;;);'), ends: ['timeout'] },
  { name: 'loops and catches', source: handler('for (;;) try { for (;;); } catch {} finally { for (;;); }'), ends: ['timeout'] },
  { name: 'backtracks in a regex', source: handler("/^(a+)+$/.test('a'.repeat(60) + 'b')"), ends: ['timeout'] },
  { name: 'floods microtasks', source: handler('const f = (): unknown => Promise.resolve().then(f); f()'), ends: ['timeout', 'memory', 'lost'] },
  { name: 'loops in an answer', source: handler('return { get op () { for (;;); } }'), ends: ['timeout'] },
  { name: 'loops while its error is read', source: handler("throw Object.defineProperty(new Error('x'), 'stack', { get () { for (;;); } })"), ends: ['timeout'] }
]

const ATE = ['memory', 'timeout', 'lost', 'threw', 'crash']
const allocating: readonly Hostile[] = [
  { name: 'grows arrays', source: handler('const all: unknown[] = []; for (;;) all.push(new Array(1000).fill(1.5))'), ends: ATE },
  { name: 'grows a string', source: handler("let s = 'x'; const all: string[] = []; for (;;) { s += s.slice(0, 1e6) + all.length; all.push(s.replace(/x/g, 'yy')) }"), ends: ATE },
  { name: 'grows a Map', source: handler('const m = new Map(); for (let i = 0; ; i++) m.set(i, i)'), ends: ATE },
  { name: 'grows a Set of objects', source: handler('const m = new Set(); for (;;) m.add({})'), ends: ATE },
  { name: 'allocates at once', source: handler('new Uint8Array(2e9).fill(1)'), ends: ATE },
  { name: 'fills an array to 1e9', source: handler('new Array(1e9).fill(7)'), ends: ATE },
  {
    name: 'grows buffers',
    source: handler('const all: unknown[] = []; for (;;) all.push(new Uint8Array(1e6).fill(1))'),
    ends: ATE
  },
  {
    name: 'grows a resizable buffer',
    source: handler(
      'const all: any[] = []; for (;;) { const b: any = new (ArrayBuffer as any)(8, { maxByteLength: 1e7 }); b.resize(1e7); new Uint8Array(b).fill(1); all.push(b) }'
    ),
    ends: ATE
  },
  {
    name: 'grows shared buffers',
    source: handler(
      'const all: any[] = []; for (;;) { const b = new SharedArrayBuffer(1e7); new Uint8Array(b).fill(1); all.push(b) }'
    ),
    ends: ATE
  }
]

const tampering: readonly Hostile[] = [
  {
    // Puts its own program in place of the guest loop, and with it gets the control block.
    name: 'tampers with the control block',
    source: handler('', `let taken: any
      Object.defineProperty(globalThis, '__weirProgram', { configurable: true, get: () => ({
        describe: () => taken.describe(),
        start: (control: Int32Array) => () => { control.fill(-1); return 0x7fffffff }
      }), set (program) { taken = program } })`),
    ends: ['crash']
  },
  {
    name: 'answers no number',
    source: handler(
      '',
      `Object.defineProperty(globalThis, '__weirProgram', { configurable: true, get: () => taken2, set (p) {
    taken2 = { describe: () => p.describe(), start: () => () => 'many' } } }); let taken2: any`
    ),
    ends: ['crash']
  },
  {
    name: 'makes no progress',
    source: handler(
      '',
      `let taken3: any; Object.defineProperty(globalThis, '__weirProgram', { configurable: true, get: () => taken3, set (p) {
    taken3 = { describe: () => p.describe(), start: () => () => 0 } } })`
    ),
    ends: ['crash']
  },
  {
    name: 'waits for ever',
    source: handler('Atomics.wait(new Int32Array(new SharedArrayBuffer(8)), 0, 0)'),
    ends: ['timeout', 'threw']
  }
]

/** Cut in both modes. */
export const cutInLoop: readonly Hostile[] = [
  ...throwing,
  ...looping.filter(h => h.name !== 'floods microtasks'),
  ...tampering.filter(h => h.name !== 'waits for ever')
]
/** Only a thread of its own survives all of these. */
export const cutInThread: readonly Hostile[] = [...throwing, ...looping, ...allocating, ...tampering]

/** Harm done while the module is evaluated or describes itself. */
export const atLoad: readonly { readonly name: string, readonly source: string }[] = [
  { name: 'loops', source: 'for (;;);\nexport default 1' },
  { name: 'loops in a getter of the declaration', source: 'export default { get name () { for (;;); } }' },
  {
    name: 'grows arrays',
    source: 'const all: unknown[] = []; for (;;) all.push(new Array(1000).fill(1.5))\nexport default 1'
  },
  { name: 'fills an array to 1e9', source: 'new Array(1e9).fill(7)\nexport default 1' },
  {
    name: 'describes without end',
    source: 'export default { toJSON: 1, get name () { let s = "x"; for (;;) s += s } }'
  },
  {
    name: 'puts garbage in place of the program',
    source: 'Object.defineProperty(globalThis, "__weirProgram", { get: () => 5, set () {} })\nexport default 1'
  },
  {
    name: 'puts a program without a function in place',
    source:
      'Object.defineProperty(globalThis, "__weirProgram", { get: () => ({ describe: () => "{}", start: () => 5 }), set () {} })\nexport default 1'
  }
]

/** A protocol that works. */
export const harmless = handler('')
