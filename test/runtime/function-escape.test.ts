// Ways out of a sandbox through what edge functions have beyond ECMAScript, and ways to confuse who reads their
// answers.
import { createRuntime } from '@weirlb/sandbox'
import { bundle } from '@weirlb/sandbox/bundle'
import type { FunctionRequest } from '@weirlb/sdk/abi'
import { expect, test } from 'vitest'
import { type FunctionTrial, tryFunction } from '../../packages/engine/src/edge/function-trial.ts'

const runtime = createRuntime()
const request: FunctionRequest = {
  method: 'POST', url: 'https://a.example/x', headers: [
    ['host', 'a.example'], ['content-length', '5']
  ], upgrade: false, body: true,
  client: {
    address: '192.0.2.7', port: 1, tlsVersion: undefined, serverName: undefined, certificate: undefined
  }, userVserver: 'v'
}
const run = async (source: string): Promise<FunctionTrial> => {
  const made = await bundle(source, { name: 'f', kind: 'function' })
  const guest = await runtime.functions.load(
    made, { mode: 'thread', heapMb: 16, batchTimeoutMs: 2000, originatedBytes: 1024 }
  )
  return await tryFunction(
    guest,
    {
      name: 'f', bundle: made, limits: { cpuMs: 2000, heapMb: 16, bodyBytes: 1024 },
      strikes: { failures: 5, windowSeconds: 60, downSeconds: 60 }, failOpen: false
    },
    request
  )
}

/** Names that only a host has. */
const NAMES = [
  'process', 'require', 'module', 'Buffer', 'setTimeout', 'setImmediate', 'ivm', 'Isolate', 'Reference', 'ExternalCopy',
  'applySync', 'derefInto', 'WebAssembly', 'Worker', 'Deno', 'structuredClone', 'd8', 'readFile', 'quit',
  'FinalizationRegistry'
]
/** `say` reports what it has found with `keep`. */
const attempt = (say: string, before = ''): string => `${before}
let found = ''
const keep = text => { if (text && !found.includes(text)) found += text + ' ' }
const look = g => { if (g === null || (typeof g !== 'object' && typeof g !== 'function')) return ''; return ${
    JSON.stringify(NAMES)
  }.filter(name => { try { return g[name] !== undefined } catch { return false } }).join() }
const realm = f => { try { return look(f.constructor('return this')()) } catch { return '' } }
const walked = new Set()
const walk = (o, depth = 3) => {
  if (walked.has(o)) return
  walked.add(o)
  for (let p = Object(o); p !== null; p = Object.getPrototypeOf(p)) {
    keep(look(p)); keep(realm(p.constructor))
    for (const k of Reflect.ownKeys(p)) { try { const v = p[k]; keep(look(v)); keep(realm(v)); if (depth > 0 && v !== o && (typeof v === 'object' || typeof v === 'function')) walk(v, depth - 1) } catch (error) { keep(realm(error.constructor)) } }
  }
}
addEventListener('fetch', event => event.respondWith((async () => { const { request } = event; ${say}; return new Response(found.trim()) })()))`

const reaching: readonly (readonly [string, string])[] = [
  [
    'the globals, and all that they lead to',
    "for (const k of Reflect.ownKeys(globalThis)) { keep(look(globalThis[k])); if (k !== 'globalThis' && k !== 'self') walk(globalThis[k], 1) }; keep(look(globalThis))"
  ],
  [
    'the event and its request',
    'walk(event); walk(request); walk(request.headers); walk(request.cf); walk(request.body)'
  ],
  ['constructors of methods of all kinds', `
    for (const f of [event.respondWith, request.text, request.headers.entries, Headers, Request, Response, Response.json, URL, URLSearchParams, fetch, addEventListener, crypto.subtle.digest, crypto.getRandomValues, console.log, atob, TextDecoder]) {
      const make = Object.getPrototypeOf(f).constructor
      try { const g = {}; const made = make('g', 'g.all = this; g.p = typeof process')(g); made?.next?.(); keep(look(g.all)); if (g.p && g.p !== 'undefined') keep('process') } catch {}
    }`],
  ['what the globals throw', `
    for (const f of [() => new Headers({ 'a b': 1 }), () => new URL('x'), () => new Response('', { status: 1 }), () => request.headers.set('a', 'b'), () => atob('*'), () => crypto.getRandomValues(5), () => event.respondWith.call({}), () => new TextDecoder('x')]) {
      try { f() } catch (error) { walk(error, 1); keep(realm(error.constructor)) }
    }
    for (const f of [() => request.text(), () => fetch('https://b.example'), () => crypto.subtle.digest('MD5', new Uint8Array(1)), () => crypto.subtle.sign('HMAC', {}, new Uint8Array(1))]) await f().catch(error => { walk(error, 1) })`],
  ['CallSites below the globals', `
    Error.prepareStackTrace = (_, sites) => { for (const s of sites) { keep(look(s.getThis?.())); keep(realm(s.getFunction?.())); keep(look(s.getFunction?.())); keep(realm(s.constructor)) } return 'x' }
    const say = { toString () { void new Error().stack; return 'x' } }
    for (const f of [() => new Headers({ x: say }), () => new URL(say), () => new Response('', { statusText: say }), () => console.log({ toJSON () { void new Error().stack } }), () => new URLSearchParams({ x: say }), () => fetch(say)]) { try { await f() } catch {} }`],
  ['callbacks that the globals call', `
    const seen = function () { keep(look(this)); for (const a of arguments) walk(a, 1); try { keep(realm(arguments.callee.caller)) } catch {} }
    request.headers.forEach(seen); new URLSearchParams('a=b').forEach(seen); addEventListener('fetch', seen); void Promise.resolve({ then: seen })
    await Promise.race([{ then (resolve, reject) { seen(resolve, reject); resolve(1) } }])`],
  [
    'eval and import',
    "keep(look((0, eval)('this'))); for (const m of ['fs', 'node:fs', 'isolated-vm']) { try { await Function('m', 'return import(m)')(m); keep('process') } catch (error) { keep(realm(error.constructor)) } }"
  ]
]

test.each(reaching)('%s lead nowhere', async (_, say) => {
  const trial = await run(attempt(say))
  expect([trial.decision, trial.body, trial.reason]).toEqual(['respond', '', undefined])
  expect(runtime.lostThreads).toBe(0)
})

// A technique that could not see a hole would be no test of it.
test.each(reaching)('%s: a hole is found', async (_, say) => {
  const trial = await run(
    attempt(
      say,
      'globalThis.process = {}; Error.process = {}; Headers.prototype.process = {}; Object.prototype.process = {}\n'
    )
  )
  expect([trial.reason, trial.body]).toEqual([undefined, expect.stringContaining('process')])
})

const polluting: readonly (readonly [string, string])[] = [
  ['JSON', "JSON.stringify = () => 'x'.repeat(1e6); JSON.parse = () => ({ url: 5 })"],
  ['Promise', "Promise.prototype.then = function () { throw 1 }; globalThis.Promise = class { then () { throw 1 } }"],
  [
    'Object.prototype',
    "for (const k of ['then', 'op', 'status', 'headers', 'body', 'set', 'remove', 'logs', 'toJSON', 'get', 'value']) Object.defineProperty(Object.prototype, k, { configurable: true, get () { return 5 }, set () {} })"
  ],
  [
    'arrays',
    "for (const k of ['push', 'map', 'flatMap', 'filter', Symbol.iterator]) Array.prototype[k] = () => { throw 1 }"
  ],
  [
    'bytes',
    "const P = Object.getPrototypeOf(Uint8Array.prototype); for (const k of ['set', 'subarray', 'slice']) Object.defineProperty(P, k, { value () { return new Uint8Array(1) } }); Object.defineProperty(Uint8Array.prototype, 'length', { get: () => 2 ** 40 })"
  ],
  ['words', "Object.defineProperty(Int32Array.prototype, '0', { get: () => 2 ** 31, set () { throw 1 } })"],
  [
    'its own classes',
    "Headers.prototype.append = () => { throw 1 }; Object.setPrototypeOf(Response, null); Response.prototype.headers = 5; Request.prototype.url = 5; URL.prototype.href = 5"
  ],
  [
    'everything',
    "for (const k of ['Object', 'Array', 'Uint8Array', 'String', 'JSON', 'Error', 'Promise', 'Map', 'Set', 'Headers', 'Response', 'Request', 'URL']) globalThis[k] = new Proxy(function () {}, { get () { throw 1 }, construct () { throw 1 }, apply () { throw 1 } })"
  ],
  [
    'the program',
    "Object.defineProperty(globalThis, '__weirProgram', { get: () => ({ describe: () => '{\"form\":\"native\"}', start: (control, arena) => () => { control.fill(2 ** 31 - 1); return 1 } }), set () {} })"
  ],
  [
    'the answers',
    "const Real = Int32Array; globalThis.Int32Array = function (buffer) { const words = new Real(buffer); setTimeout?.(() => words.fill(-5)); return new Proxy(words, {}) }"
  ]
]

test.each(
  polluting.flatMap(
    ([name, code]) => [
      [`${name}, in the listener`, attempt(`${code}`)], [`${name}, at load`, attempt('', code)]
    ] as const
  )
)('%s: the answer is one, or there is none', async (_, source) => {
  let trial: FunctionTrial | undefined
  try { trial = await run(source) } catch (error) {
    expect((error as { code: string }).code).toMatch(/^(?:extension-load|function-invalid)$/)
  }
  if (trial?.decision === 'respond') expect(trial.status).toBe(200)
  expect((await run(attempt(''))).decision).toBe('respond')
  expect(runtime.lostThreads).toBe(0)
})
