import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TIME_SCALE, until } from '@weirlb/testing'
import { afterAll, afterEach, expect, test } from 'vitest'
import { withSourceMap, withSourceName } from '../source-comments.ts'
import { TypeChecker, type CheckBounds } from './type-checker.ts'

const checkers: TypeChecker[] = []
const make = (bounds?: Partial<CheckBounds>): TypeChecker => {
  const checker = new TypeChecker({ timeoutMs: 10_000 * TIME_SCALE, ...bounds })
  checkers.push(checker)
  return checker
}
const shared = make()
afterAll(() => { shared.close() })
afterEach(() => { for (const checker of checkers.splice(0)) if (checker !== shared) checker.close() })

interface Refusal {
  readonly code: string
  readonly message: string
  readonly issues: readonly {
    readonly message: string
    readonly file?: string
    readonly line?: number
    readonly column?: number
  }[]
}
const refusal = async (source: string, checker = shared): Promise<Refusal | undefined> =>
  await checker.text('hello', source).then(() => undefined, (error: unknown) => error as Refusal)
const messages = async (source: string): Promise<readonly string[]> =>
  (await refusal(source))?.issues.map(({ message }) => message) ?? []

/** An extension with a handler in its line 6, and further members in its line 4. */
const program = (onMessage: string, members = ''): string =>
  `import { defineProtocol, drop, forward, frame, pass, reject, split } from '@weirlb/sdk'
export default defineProtocol({
  name: 'hello', api: 1, balance: 'per-connection', fields: { 'hello.name': 'string', 'hello.level': 'int' },
  ${members}
  client: { framing: frame.lines({ max: 99 }),
    ${onMessage}
  }
})
`
const typed = (source: string): string => withSourceName(source, 'hello.ts')

const promise = 'returns a promise; handlers are synchronous: the result is needed when the handler returns, and nothing in the sandbox has to be awaited'
const buffer = "there is no Buffer in the sandbox: bytes are Uint8Array, text is encodeUtf8 and decodeUtf8 of @weirlb/sdk; or import { Buffer } from 'buffer'"

test.each([
  ['an async handler', program('async onMessage () { return forward() }'), `hello.ts:6:11: onMessage ${promise}`],
  ['a promise', program('onMessage: () => Promise.resolve(forward())'), `hello.ts:6:5: onMessage ${promise}`],
  ['an async goodbye', program('onMessage: () => forward()', 'goodbye: async () => new Uint8Array(0),'), `hello.ts:4:3: goodbye ${promise}`],
  ['an async state', program('onMessage: () => forward()', 'state: async () => ({ seen: 1 }),'), `hello.ts:4:3: state ${promise}`],
  ['an async probe', program('onMessage: () => forward()', "probe: { send: () => new Uint8Array(1), judge: async () => 'up' },"), `hello.ts:4:62: the handler ${promise}`],
  ['an undeclared field', program("onMessage (_, ctx) { ctx.set('hello.nam', 'x'); return forward() }"), "hello.ts:6:34: no field 'hello.nam' is declared in `fields`; did you mean 'hello.name'; there are: hello.level, hello.name"],
  ['a value of another type', program("onMessage (_, ctx) { ctx.set('hello.level', 'x'); return forward() }"), "hello.ts:6:49: the value of 'hello.level' is a number by its declaration in `fields`, not a string"],
  ['a field of no type', program('onMessage: () => forward()').replace("'int'", "'number'"), "hello.ts:3:87: 'hello.level': a field is 'string', 'int', 'bool', 'strings', 'map' or 'secret'"],
  ['a numeric token', program('onMessage: message => forward({ token: message.length })'), 'hello.ts:6:37: token is text or bytes (string or Uint8Array), not number; write String(…)'],
  ['a numeric key', program('onMessage (_, ctx) { ctx.pin(7); return forward() }'), 'hello.ts:6:34: a key is text or bytes (string or Uint8Array), not number; write String(7)'],
  ['Buffer', program("onMessage (_, ctx) { ctx.reply(Buffer.from('x')); return drop() }"), `hello.ts:6:36: ${buffer}`],
  ['a timer', program('onMessage () { setTimeout(() => {}, 5); return forward() }'), 'hello.ts:6:20: there is no setTimeout in the sandbox: there are no timers: a handler runs once for each message; ctx.idleTimeout closes a silent client'],
  ['a network', program('onMessage: () => WebSocket'), 'hello.ts:6:22: there is no WebSocket in the sandbox: there is no network'],
  ['an unknown global', program('onMessage: () => indexedDB'), "hello.ts:6:22: there is no indexedDB in the sandbox: there are ECMAScript's built-ins, and what the module imports"],
  ['text for bytes', program("onMessage: () => reject('no', 'ERR')"), "hello.ts:6:35: bytes are needed here, not text: encodeUtf8('…')"],
  ['a goodbye of text', program('onMessage: () => forward()', "goodbye: () => 'bye',"), "hello.ts:4:3: goodbye returns text; bytes are needed here, not text: encodeUtf8('…')"],
  ['a path without verdict', program('onMessage (line) { if (line.length > 4) return forward() }'), 'hello.ts:6:5: onMessage returns nothing on one of its paths; there are: forward(), drop(), reject(), split()'],
  ['no verdict', program('onMessage () {}'), 'hello.ts:6:5: onMessage returns nothing; there are: forward(), drop(), reject(), split()'],
  ['a verdict of streams', program('onMessage: () => pass(4)'), 'hello.ts:6:5: onMessage returns Pass; there are: forward(), drop(), reject(), split()'],
  ['both kinds of a side', program('onData: () => pass(4)'), 'hello.ts:5:3: a side has a `framing` (with onMessage, or without) or onData, not both'],
  ['a misspelt handler', program('onMesage: () => forward()'), "hello.ts:6:5: unknown property 'onMesage' of Side; did you mean 'onMessage'"],
  ['a misspelt option', program("onMessage: () => forward({ tokn: 'x' })"), "hello.ts:6:32: unknown property 'tokn' of Forward; did you mean 'token'"],
  ['a misspelt choice', program("onMessage: () => forward({ then: 'tunel' })"), "hello.ts:6:32: then: 'tunel' is not possible; did you mean 'tunnel'"],
  ['an unknown choice', program('onMessage: () => forward()', "replies: 'all',"), "hello.ts:4:3: replies: 'all' is not possible; there are: as-they-come, in-order, matched, none"],
  ['no state', program('onMessage (_, ctx) { ctx.state.seen = 1; return forward() }'), 'hello.ts:6:26: there is no state: the protocol declares none; add state: () => ({ … })'],
  ['another state', program('onMessage (_, ctx) { ctx.state.seen = 1; return forward() }', 'state: () => ({ sen: 0 }),'), "hello.ts:6:36: 'seen' is not in the state that state() returns; did you mean 'sen'"],
  ['an unknown parameter', program('onMessage: (_, ctx) => ctx.params.limit > 4 ? forward() : drop()'), "hello.ts:6:39: 'limit' is not in `params` of the protocol"],
  ['an unknown method', program('onMessage: message => forward({ token: message.toText() })'), "hello.ts:6:52: 'toText' is not in Message; did you mean 'text'"],
  ['an unknown import', "import { defineProtocl } from '@weirlb/sdk'\nexport default defineProtocl({})", "hello.ts:1:10: '\"@weirlb/sdk\"' has no exported member named 'defineProtocl'. Did you mean 'defineProtocol'?"]
])('%s is refused with its place', async (_, source, message) => {
  expect(await messages(typed(source))).toEqual([message])
})

test('every fault is an issue with file, line and column; text before it may be of any script', async () => {
  const source = typed(`// äöü 😀\n${program("async onMessage (m, ctx) { ctx.set('naïve', 'é😀'); ctx.reply(Buffer.from('x')); return forward({ token: 5 }) }")}`)
  const refused = await refusal(source)
  expect(refused).toMatchObject({
    name: 'ExtensionError',
    code: 'extension-types',
    line: 7,
    column: 11,
    message: `hello.ts:7:11: onMessage ${promise} (and 3 more)`
  })
  expect(refused!.issues.map(({ file, line, column }) => [file, line, column])).toEqual([
    ['hello.ts', 7, 11],
    ['hello.ts', 7, 40],
    ['hello.ts', 7, 67],
    ['hello.ts', 7, 103]
  ])
})

test('JavaScript is checked as far as the types of the SDK reach into it', async () => {
  const loose = `
    const seen = {}
    seen.count = 1
    function Key (text) { this.text = text }
    const first = text => new Key(/x(.)/.exec(text)[1]).text`
  const source = program(
    'onMessage: m => { let last; last = m.text(); seen.count++; return forward({ token: first(last) }) }'
  ).replace('\n', `${loose}\n`)
  expect(await messages(source)).toEqual([])
  expect(await messages(program('onMessage: async m => forward({ token: 5 })'))).toEqual([`hello.ts:6:27: the handler ${promise}`, 'hello.ts:6:37: token is text or bytes (string or Uint8Array), not number; write String(…)'])
  expect(await messages(withSourceName(program("onMessage (m, ctx) { ctx.set('x', Buffer); return forward() }"), 'proto.js'))).toEqual([
    "proto.js:6:34: no field 'x' is declared in `fields`; there are: hello.level, hello.name", `proto.js:6:39: ${buffer}`
  ])
})

test('Buffer is there when it is imported', async () => {
  for (const name of ['buffer', 'node:buffer']) expect(await messages(`import { Buffer } from '${name}'\n${program("onMessage (_, ctx) { ctx.reply(Buffer.from('x')); return drop() }")}`)).toEqual([])
})

test('a text that was made of other files is not checked: its types are gone', async () => {
  expect(
    await refusal(
      withSourceMap(
        program('async onMessage () { return 5 }'),
        '{"version":3,"sources":["a.ts"],"names":[],"mappings":"AAAA"}'
      )
    )
  ).toBeUndefined()
})

test('nothing of this disk is read for a text, whatever it refers to', async () => {
  const root = await mkdtemp(join(tmpdir(), 'weir-types-'))
  try {
    await writeFile(join(root, 'secret.ts'), "export const secret: 'password' = 'password'")
    const ways = [
      `/// <reference path="${root}/secret.ts" />\nexport default 1`,
      `import { secret } from '${root}/secret.ts'\nexport default 1; const x: 5 = secret`,
      `type Secret = typeof import('${root}/secret.ts').secret\nexport default 1; const x: Secret = 5`,
      `type Secret = typeof import('${import.meta.filename}')\nexport default 1; const x: Secret = 5`,
      `/** @type {typeof import('${root}/secret.ts').secret} */\nexport default 5`,
      '/// <reference types="node" />\nexport default 1; process.exit()',
      "type Os = typeof import('node:os')\nexport default 1; const x: Os = 5"
    ]
    for (const way of ways) {
      for (const name of ['a.ts', 'a.js'])
        expect(JSON.stringify([await refusal(withSourceName(way, name))])).not.toMatch(/password|platform\(/)
    }
    expect(await messages(typed(ways[2]!))).toEqual([expect.stringContaining('Cannot find module')])
  } finally {
    await rm(root, { recursive: true })
  }
})

test('a file is checked with the files that it imports', async () => {
  const root = await mkdtemp(join(tmpdir(), 'weir-types-'))
  try {
    await writeFile(join(root, 'key.ts'), 'export const key = (text: string): number => text.length\nBuffer.alloc(1)')
    await writeFile(
      join(root, 'index.ts'),
      `import { key } from './key.ts'\n${program('onMessage: m => forward({ token: key(m.text()) })')}`
    )
    const refused = await shared.file(join(root, 'index.ts')).catch((error: unknown) => error)
    expect((refused as Refusal).issues.map(({ message }) => message)).toEqual([
      'index.ts:7:31: token is text or bytes (string or Uint8Array), not number; write String(…)',
      `key.ts:2:1: ${buffer}`
    ])
    // The same compiler reads them again.
    await writeFile(join(root, 'text.ts'), 'export const key = (text: string): string => text')
    await writeFile(
      join(root, 'index.ts'),
      `import { key } from './text.ts'\n${program('onMessage: m => forward({ token: key(m.text()) })')}`
    )
    await shared.file(join(root, 'index.ts'))
    await writeFile(join(root, 'text.ts'), 'export const key = 5')
    await expect(shared.file(join(root, 'index.ts'))).rejects.toMatchObject({ code: 'extension-types' })
  } finally {
    await rm(root, { recursive: true })
  }
})

// Types that multiply: each level has four times the members of the one before.
const heavy = `type A<T, N extends unknown[] = []> = N['length'] extends 9 ? T : { a: A<[T, 1], [...N, 1]>, b: A<[T, 2], [...N, 1]>, c: A<[T, 3], [...N, 1]>, d: A<[T, 4], [...N, 1]> }
declare const a: A<string>; declare let b: A<number>
b = a
export default 1
`

test('types that take too long are given up, and the next check is served', async () => {
  const checker = make({ timeoutMs: 1 })
  expect(await refusal(typed(heavy), checker)).toMatchObject({ code: 'extension-unchecked', message: "types could not be checked: it took longer than 0.001 s; with check: 'off' the code is taken unchecked" })
  expect(await refusal(typed(program('onMessage: () => forward()')))).toBeUndefined()
})

test('types that take too much memory are given up', async () => {
  expect(await refusal(typed(heavy), make({ memoryMb: 20 }))).toMatchObject({
    code: 'extension-unchecked',
    message: expect.stringContaining('it took more than 20 MB') as string
  })
})

test.each([
  [
    'types without end',
    'type A<T> = { a: A<[T, T]> }\ndeclare const a: A<1>; export const b: A<2> = a; export default 1'
  ],
  [
    'a union of all',
    `type D = ${
      Array.from({ length: 10 }, (_, i) => `'${i}'`).join(' | ')
    }\nexport type N = \`\${D}\${D}\${D}\${D}\${D}\${D}\`\nexport default 1`
  ],
  ['brackets without end', `export default ${'['.repeat(3000)}${']'.repeat(3000)}`],
  [
    'a type of many levels',
    `export type T = ${'['.repeat(2000)}1${
      ']'.repeat(2000)
    }; declare const t: T; export const x: 5 = t; export default 1`
  ]
])('%s end in a refusal, or in nothing', async (_, source) => {
  const refused = await refusal(typed(source), make({ timeoutMs: 1000 }))
  expect([undefined, 'extension-types', 'extension-unchecked']).toContain(refused?.code)
  expect(refused?.message.length ?? 0).toBeLessThan(2000)
})

/** Processes that a process has started. */
const childrenOf = (pid: number): number[] => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(child => child.trim() !== '')
      .map(Number)
  } catch {
    return []
  }
}
const lives = (pid: number): boolean => {
  try { return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')) } catch { return false }
}
const commandOf = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, 'latin1')
const checkProcesses = (of = process.pid): number[] =>
  childrenOf(of).filter(pid => commandOf(pid).includes('check-process'))
/** The compiler of a check process; it has a shell beside. */
const compilerOf = (checking: number): number =>
  childrenOf(checking).find(pid => commandOf(pid).includes('typescript'))!

test('a process that somebody has ended is replaced by the next check', async () => {
  const checker = make()
  const good = typed(program('onMessage: () => forward()'))
  expect(await refusal(good, checker)).toBeUndefined()
  const ours = checkProcesses()
  expect(ours.length).toBeGreaterThan(0)
  for (const pid of ours) process.kill(pid, 'SIGKILL')
  await until(() => ours.every(pid => !existsSync(`/proc/${pid}`)), 'them to be gone')
  expect(await refusal(good, checker)).toBeUndefined()
})

test('a process that somebody has ended leaves no compiler behind', async () => {
  const before = new Set(checkProcesses())
  expect(await refusal(typed(program('onMessage: () => forward()')), make({ idleMs: 60_000 }))).toBeUndefined()
  const checking = checkProcesses().find(pid => !before.has(pid))!
  const compiler = compilerOf(checking)
  // As one that is at work: it does not see that nobody asks it any more.
  process.kill(compiler, 'SIGSTOP')
  process.kill(checking, 'SIGKILL')
  await until(() => !lives(compiler), 'the compiler to end')
})

test('whoever asked leaves no compiler behind, killed in the middle of a check', async () => {
  const asking = spawn(process.execPath, ['--input-type=module', '-e', `
    import { TypeChecker } from ${JSON.stringify(import.meta.resolve('./type-checker.ts'))}
    const checker = new TypeChecker({ idleMs: 600_000, timeoutMs: 600_000 })
    await checker.text('hello', 'export default 1')
    console.log('checked')
    process.stdin.once('data', () => { void checker.text('hello', 'export default 2').catch(() => {}); console.log('asked') })
  `], { stdio: ['pipe', 'pipe', 'inherit'] })
  let told = ''
  asking.stdout.on('data', (text: Buffer) => { told += text.toString() })
  await until(() => told.includes('checked'), 'a check')
  const [checking] = checkProcesses(asking.pid)
  const compiler = compilerOf(checking!)
  // A check that takes long.
  process.kill(compiler, 'SIGSTOP')
  asking.stdin.write('go\n')
  try {
    await until(() => told.includes('asked'), 'the next check')
    asking.kill('SIGKILL')
    await until(() => !lives(compiler) && !lives(checking!), 'the compiler to end')
  } finally {
    for (const pid of [compiler, checking!]) if (lives(pid)) process.kill(pid, 'SIGKILL')
  }
})

test('nothing is started for a text whose first line turns the check off', async () => {
  const before = checkProcesses()
  expect(await refusal(typed(`// @ts-nocheck\n${program('onMessage: () => pass(4)')}`), make())).toBeUndefined()
  expect(checkProcesses()).toEqual(before)
})

test('no more checks wait than may', async () => {
  const checker = make({ waiting: 2 })
  const source = typed(program('onMessage: () => forward()'))
  const refused = await Promise.all(Array.from({ length: 5 }, async () => await refusal(source, checker)))
  expect(refused.slice(0, 3)).toEqual([undefined, undefined, undefined])
  for (const error of refused.slice(3)) expect(error).toMatchObject({ code: 'extension-checks-waiting', message: "2 checks of types wait already; with check: 'off' the code is taken unchecked", retry: true })
  expect(await refusal(source, checker)).toBeUndefined()
})

test('its process ends when nothing is checked for a while, and starts anew', async () => {
  const checker = make({ idleMs: 1 })
  const good = typed(program('onMessage: () => forward()'))
  const others = checkProcesses()
  for (let i = 0; i < 2; i++) {
    expect(await refusal(good, checker)).toBeUndefined()
    await until(() => checkProcesses().every(pid => others.includes(pid)), 'the process to end')
  }
})
