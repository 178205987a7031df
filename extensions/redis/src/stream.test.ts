import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bothRuntimes, drive, everySplit } from '@weirlb/testing'
import { keyRules, refusals } from './commands.ts'
import { HEAD } from './framing.ts'
import redis from './index.ts'
import { native } from './native.ts'

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'))
const command = (...args: string[]): string =>
  `*${args.length}\r\n${args.map(arg => `$${arg.length}\r\n${arg}\r\n`).join('')}`
const text = (of: Uint8Array): string => Buffer.from(of).toString('latin1')
/** The token of a command, or what it is answered with. */
const fate = (...args: string[]): string => {
  const { verdicts: [verdict], returned } = drive(redis, [bytes(command(...args))])
  return verdict?.op === 'forward' ? String(verdict.token) : text(returned).trimEnd()
}

// What node-redis 6.3 (RESP: 2) and redis-server 7.0.15 have said to each other.
const recorded = {
  asked: [
    '*5\r\n$3\r\nSET\r\n$8\r\ngreeting\r\n$5\r\nhello\r\n$2\r\nEX\r\n$2\r\n60\r\n',
    '*2\r\n$3\r\nGET\r\n$8\r\ngreeting\r\n', '*2\r\n$3\r\nGET\r\n$7\r\nnothing\r\n',
    '*4\r\n$5\r\nRPUSH\r\n$1\r\nl\r\n$1\r\na\r\n$1\r\nb\r\n',
    '*4\r\n$6\r\nLRANGE\r\n$1\r\nl\r\n$1\r\n0\r\n$2\r\n-1\r\n', '*2\r\n$4\r\nINCR\r\n$1\r\nl\r\n',
    '*6\r\n$4\r\nHSET\r\n$1\r\nh\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n2\r\n', '*2\r\n$7\r\nHGETALL\r\n$1\r\nh\r\n',
    '*5\r\n$4\r\nXADD\r\n$1\r\ns\r\n$3\r\n1-1\r\n$1\r\nf\r\n$1\r\nv\r\n',
    '*4\r\n$6\r\nXRANGE\r\n$1\r\ns\r\n$1\r\n-\r\n$1\r\n+\r\n'
  ],
  answered: [
    '+OK\r\n', '$5\r\nhello\r\n', '$-1\r\n',
    ':2\r\n', '*2\r\n$1\r\na\r\n$1\r\nb\r\n', '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n',
    ':2\r\n', '*4\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n2\r\n',
    '$3\r\n1-1\r\n', '*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n'
  ]
}

test('commands go by their keys, of answers only errors enter the sandbox', () => {
  const t = everySplit(redis, [...recorded.asked.map(bytes), ...recorded.answered.map(answer => ({ server: bytes(answer) }))])
  const commands = ['greeting', 'greeting', 'nothing', 'l', 'l', 'l', 'h', 'h', 's', 's'].map(token => ({ op: 'forward', token }))
  expect(t.verdicts).toEqual([...commands, { op: 'forward' }])
  expect(text(t.forwarded)).toBe(recorded.asked.join(''))
  expect(text(t.returned)).toBe(recorded.answered.join(''))
  expect(t.counters).toEqual({ commands: 10 })
})

test('two hundred commands in one read are one crossing, or none where one key decides, and their answers none', () => {
  for (const [name, crossings] of [['GET', 0], ['RENAME', 1]] as const) {
    const asked = Array.from({ length: 200 }, (_, i) => command(name, `k${i}`, `{k${i}}`)).join('')
    expect(drive(redis, [bytes(asked), { server: bytes('$-1\r\n'.repeat(200)) }]).crossings, name).toBe(crossings)
  }
})

test('commands without a key go anywhere', () => {
  for (const args of [['COMMAND', 'DOCS'], ['TIME']])
    expect(drive(redis, [bytes(command(...args))]).verdicts).toEqual([{ op: 'forward' }])
})

test('of a long value the head alone is seen', () => {
  const asked = bytes(command('SET', 'k', 'v'.repeat(1_000_000)))
  const t = drive(redis, [asked.subarray(0, HEAD), asked.subarray(HEAD)])
  expect(t).toMatchObject({ verdicts: [{ op: 'forward', token: 'k' }], crossings: 0 })
  expect(t.forwarded).toEqual(asked)
})

test('keys have to be in the head, whole', () => {
  const key = 'k'.repeat(HEAD - 100)
  expect(fate('GET', key)).toBe(key)
  for (const args of [['GET', 'k'.repeat(HEAD)], ['MSET', 'k', 'v'.repeat(HEAD), 'k', 'v'], ['DEL', ...Array.from({ length: 20_000 }, () => 'k')], ['k'.repeat(HEAD)], ['ECHO', 'x'.repeat(HEAD)]]) {
    expect(fate(...args)).toBe('-ERR the keys have to be in the first 65536 bytes of a command')
  }
})

describe('the key of', () => {
  test.each([
    ['k', 'GET', 'k'],
    ['k', 'get', 'k'],
    ['\0', 'GET', ''],
    ['tag', 'GET', 'a{tag}b'],
    ['tag', 'GET', '{tag}{other}'],
    ['a{}b', 'GET', 'a{}b'],
    ['a{b', 'GET', 'a{b'],
    ['a}b{c', 'GET', 'a}b{c'],
    ['{b', 'GET', 'a{{b}c'],
    ['k', 'MGET', 'k', '{k}1', '2{k}'],
    ['k', 'MSET', 'k', '1', '{k}', '2'],
    ['k', 'MSET', 'k', 'other', 'k', 'another'],
    ['k', 'RENAME', 'k', '{k}2'],
    ['k', 'COPY', 'k', '{k}2', 'REPLACE'],
    ['k', 'COPY', 'k', '{k}2', 'REPLACE', 'db', '0'],
    ['k', 'COPY', 'k', '{k}2', 'DB'],
    ['db', 'COPY', 'db', '{db}1'],
    ['k', 'BITOP', 'AND', 'k', '{k}1', '{k}2'],
    ['k', 'EVAL', 'return 1', '1', 'k', 'other'],
    ['k', 'EVALSHA', 'abc', '2', 'k', '{k}2'],
    ['k', 'ZUNIONSTORE', 'k', '2', '{k}1', '{k}2', 'WEIGHTS', '1', '2'],
    ['k', 'LMPOP', '2', 'k', '{k}2', 'LEFT'],
    ['k', 'OBJECT', 'encoding', 'k'],
    ['k', 'XINFO', 'STREAM', 'k'],
    ['k', 'XGROUP', 'CREATE', 'k', 'group', '$'],
    ['k', 'MEMORY', 'USAGE', 'k'],
    ['k', 'SORT', 'k', 'BY', 'nosort', 'GET', '#', 'LIMIT', '0', '5', 'STORE', '{k}2'],
    ['k', 'GEORADIUS', 'k', '1', '2', '3', 'km', 'STORE', '{k}2'],
    ['k', 'GEORADIUSBYMEMBER', 'k', 'STORE', '3', 'km'],
    ['k', 'XREAD', 'COUNT', '5', 'STREAMS', 'k', '{k}2', '0', '0'],
    ['k', 'XREADGROUP', 'GROUP', 'STREAMS', 'c', 'NOACK', 'STREAMS', 'k', '>']
  ])('%s: %s %s', (key, ...args) => {
    expect(fate(...args)).toBe(key)
  })
})

describe('refused', () => {
  const crossSlot = "-CROSSSLOT Keys in request don't hash to the same slot"
  test.each([
    [crossSlot, 'MGET', 'a', 'b'], [crossSlot, 'MSET', 'a', '1', 'b', '2'], [crossSlot, 'RENAME', 'a', 'b'], [crossSlot, 'EVAL', 'return 1', '2', 'a', 'b'], [crossSlot, 'SORT', 'a', 'STORE', 'b'],
    [crossSlot, 'XREAD', 'STREAMS', 'a', 'b', '0', '0'], [crossSlot, 'ZUNIONSTORE', 'a', '1', 'b'], [crossSlot, 'GEORADIUS', 'a', '1', '2', '3', 'km', 'STOREDIST', 'b'], [crossSlot, 'DEL', '', 'b'],
    ["-ERR wrong number of arguments for 'get' command", 'GET'], ["-ERR wrong number of arguments for 'rename' command", 'RENAME', 'a'],
    ["-ERR 'eval' needs a key here: it decides the server", 'EVAL', 'return 1', '0'], ['-ERR value is not an integer or out of range', 'EVAL', 'return 1', 'x', 'k'],
    ["-ERR Number of keys can't be greater than number of args", 'EVAL', 'return 1', '2', 'k'],
    ['-ERR BY with a pattern names keys of other servers', 'SORT', 'k', 'BY', 'w_*'],
    ["-ERR Unbalanced list of streams: for each stream key an ID, '+', '>' or '$' must be specified", 'XREAD', 'STREAMS', 'k'], ['-ERR syntax error', 'XREAD', 'k', '0'],
    ["-ERR 'memory' is taken with USAGE", 'MEMORY', 'DOCTOR'],
    ["-ERR 'keys' is not taken here: it goes to every server, and the parameter everyServer is 'refuse', not 'read'", 'keys', '*'],
    ["-ERR wrong number of arguments for 'subscribe' command", 'SUBSCRIBE'], ['-ERR EXEC without MULTI', 'EXEC'], ['-ERR DISCARD without MULTI', 'DISCARD'],
    [crossSlot, 'BLPOP', 'a', 'b', '0'], [crossSlot, 'WATCH', 'a', 'b'], ['-ERR This instance has cluster support disabled', 'CLUSTER', 'SLOTS'],
    ["-ERR passwords are not checked here, and none is taken", 'AUTH', 'p'],
    ["-ERR 'shutdown' is not taken here: it concerns one server: ask that one", 'SHUTDOWN'],
    ["-ERR unknown command 'json.get': where its keys are is not known", 'JSON.GET', 'k'], ["-ERR unknown command 'a??b': where its keys are is not known", 'A\r\nB', 'k'],
    ['-NOPROTO unsupported protocol version', 'HELLO', '4'], ['-NOPROTO unsupported protocol version', 'HELLO', 'AUTH', 'u', 'p'],
    ['-ERR passwords are not checked here, and none is taken', 'HELLO', '3', 'AUTH', 'u', 'p'], ["-ERR Syntax error in HELLO option 'setname'", 'HELLO', '3', 'SETNAME'], ["-ERR Syntax error in HELLO option 'x'", 'HELLO', '2', 'x', 'y'],
    ["-ERR unknown subcommand 'tracking'. Try CLIENT HELP.", 'CLIENT', 'TRACKING', 'ON'], ["-ERR unknown subcommand 'maint_notifications'. Try CLIENT HELP.", 'CLIENT', 'MAINT_NOTIFICATIONS', 'ON'],
    ['-ERR there is database 0 only: a database belongs to a connection, and connections to servers are shared by databases', 'SELECT', '1'],
    ...[['DB', '1'], ['db', '1'], ['REPLACE', 'Db', '15'], ['DB', '1', 'REPLACE'], ['DB', '0', 'DB', '1'], ['DB', '00'], ['DB', '']].map(options =>
      ['-ERR there is database 0 only: a database belongs to a connection, and connections to servers are shared by databases', 'COPY', 'k', '{k}2', ...options] as [string, string, ...string[]]),
    ["-ERR wrong number of arguments for 'copy' command", 'COPY', 'k'], [crossSlot, 'COPY', 'a', 'b', 'DB', '0']
  ])('%s: %s %s', (answer, ...args) => {
    expect(fate(...args)).toBe(answer)
  })
})

test('what concerns the connection is answered here, in its turn', () => {
  const asked = [
    command('GET', 'k'),
    command('PING'),
    command('PING', 'x'),
    command('ECHO', 'hello'),
    command('SELECT', '0'),
    command('CLIENT', 'SETINFO', 'LIB-NAME', 'x'),
    command('KEYS', '*'),
    command('INFO')
  ]
  const t = everySplit(redis, [bytes(asked.join('')), { server: bytes('$1\r\nv\r\n') }])
  expect(text(t.forwarded)).toBe(asked[0])
  expect(text(t.returned)).toMatch(/^\$1\r\nv\r\n\+PONG\r\n\$1\r\nx\r\n\$5\r\nhello\r\n\+OK\r\n\+OK\r\n-ERR 'keys' [^\r]*\r\n\$19\r\n# Weir\r\nloading:0\r\n\r\n$/)
  expect(t.counters).toEqual({ commands: 8, refused: 1 })
})

const about = (version: number, map: string): string =>
  `${map}\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n6.0.0\r\n$5\r\nproto\r\n:${version}\r\n$2\r\nid\r\n:49152\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n`

test('HELLO chooses the protocol of the client and of its servers, and is answered in it', () => {
  const t = everySplit(redis, [bytes([command('HELLO'), command('HELLO', '3'), command('HELLO', '3'), command('HELLO'), 'hello 2\r\n', command('HELLO')].join(''))])
  expect(text(t.returned)).toBe([2, 3, 3, 3, 2, 2].map(version => about(version, version === 3 ? '%7' : '*14')).join(''))
  expect(t.preludes.map(text), 'servers are told what changes').toEqual([command('HELLO', '3'), command('HELLO', '2')])
  expect(t.fields).toEqual({ resp: 2 })
  expect(text(t.forwarded)).toBe('')
})

test('HELLO is answered in its turn', () => {
  const t = drive(redis, [bytes(command('GET', 'k') + command('HELLO', '3')), { server: bytes('$1\r\nv\r\n') }])
  expect(text(t.returned)).toBe('$1\r\nv\r\n' + about(3, '%7'))
})

test('a HELLO that is refused changes nothing', () => {
  const t = drive(redis, bytes(command('HELLO', '3', 'AUTH', 'u', 'p') + command('HELLO')))
  expect(t.preludes).toEqual([])
  expect(text(t.returned)).toBe('-ERR passwords are not checked here, and none is taken\r\n' + about(2, '*14'))
})

test('QUIT ends the connection when all before it is answered', () => {
  const t = everySplit(redis, [bytes(`${command('GET', 'k')}QUIT\r\n`), { server: bytes('$1\r\nv\r\n') }])
  expect(t.closed).toBe('rejected')
  expect(text(t.returned)).toBe('$1\r\nv\r\n+OK\r\n')
})

test('inline commands, and what asks for nothing', () => {
  const t = everySplit(redis, [bytes('get  k1\n\r\n*0\r\n*-1\r\n  SET\tk2 v\r\nSET k "a b"\r\n')])
  expect(t.verdicts.map(verdict => verdict.op === 'forward' ? verdict.token : verdict.op)).toEqual([
    'k1',
    'drop',
    'drop',
    'drop',
    'k2',
    'drop'
  ])
  expect(text(t.forwarded)).toBe('get  k1\n  SET\tk2 v\r\n')
})

test('unknown commands go by their first argument when they may; refused ones do not', () => {
  const t = drive(redis, [bytes(command('JSON.GET', 'k', '$') + command('KEYS', '*') + command('MODULE.PING'))], {
    params: { unknownCommands: 'by-first-argument' }
  })
  expect(t.verdicts).toEqual([{ op: 'forward', token: 'k' }, { op: 'drop' }, { op: 'drop' }])
  expect(t.counters).toEqual({ commands: 3, refused: 2 })
})

test.each([
  ['an argument that is none', '*2\r\n$3\r\nGET\r\n*1\r\n$1\r\nk\r\n'],
  ['an argument that is null', '*2\r\n$3\r\nGET\r\n$-1\r\n'],
  ['a bulk string for itself', '$4\r\nPING\r\n'],
  ['an element that is no bulk string', '*2\r\n$3\r\nGET\r\n:1\r\n'],
  ['a count with a zero in front', '*02\r\n$3\r\nGET\r\n$1\r\nk\r\n'],
  ['a length that is not a number', '*1\r\n$x\r\nPING\r\n'],
  ['more arguments than have room', '*2100000\r\n'],
  ['a value larger than there are', `*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${600 * 1024 * 1024}\r\n`]
])('refused at every split: %s', (_, stream) => {
  expect(everySplit(redis, bytes(stream))).toMatchObject({ closed: 'protocol-error', forwarded: bytes('') })
})

test('whatever comes is sent on whole, answered or refused: the extension never throws', () => {
  const word = fc.oneof(
    fc.constantFrom(
      ...keyRules.keys(),
      ...refusals.keys(),
      ...native.keys(),
      'HELLO',
      'TIME',
      'QUIT',
      'STREAMS',
      'STORE',
      'BY',
      'GET',
      'LIMIT',
      'GROUP',
      'USAGE',
      '0',
      '1',
      '2',
      '-1',
      '3',
      '',
      'k',
      '{k}1',
      '*'
    ),
    fc.string({ maxLength: 8, unit: 'binary-ascii' })
  )
  const part = fc.oneof(
    { weight: 8, arbitrary: fc.array(word, { minLength: 1, maxLength: 7 }).map(args => command(...args)) },
    { weight: 1, arbitrary: fc.array(word, { maxLength: 4 }).map(words => `${words.join(' ')}\r\n`) },
    { weight: 1, arbitrary: fc.constantFrom('*0\r\n', '*-1\r\n', '*1\r\n$-1\r\n', '$1\r\nx\r\n', '*2\r\n*1\r\n') }
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), parts => {
      const t = drive(redis, [bytes(parts.join(''))])
      expect([undefined, 'protocol-error', 'rejected']).toContain(t.closed)
      // Nothing goes on in part: what the server gets is a sequence of what the client has sent.
      let rest = text(t.forwarded)
      for (const sent of parts.flatMap(sent => sent.startsWith('*') ? [sent] : sent.split(/(?<=\n)/)))
        if (rest.startsWith(sent)) rest = rest.slice(sent.length)
      expect(rest).toBe('')
    }),
    { numRuns: 1000 }
  )
})

test('answers of every type are one answer each', () => {
  const answers = ['+OK\r\n', '-ERR x\r\n', ':1\r\n', '$-1\r\n', '*-1\r\n', '*0\r\n', '*2\r\n*1\r\n:1\r\n$1\r\na\r\n', '_\r\n', '#t\r\n', ',1.5\r\n', '(12345678901234567890\r\n', '!5\r\nERR x\r\n', '=5\r\ntxt:a\r\n',
    '%1\r\n+k\r\n:1\r\n', '~1\r\n+a\r\n', '|1\r\n+ttl\r\n:1\r\n+behind\r\n']
  const t = everySplit(redis, [bytes(command('GET', 'k').repeat(answers.length)), ...answers.map(answer => ({ server: bytes(answer) }))])
  expect(text(t.returned)).toBe(answers.join(''))
  expect(t.closed).toBeUndefined()
  expect(drive(redis, [bytes(command('GET', 'k')), { server: bytes('+OK\r\n+OK\r\n') }]).closed).toBe(
    'reply-unexpected'
  )
})

test('last words are an error where a command has no answer', () => {
  expect(
    drive(redis, [bytes(command('GET', 'k'))], { goodbyes: ['no-service', 'service-down', 'shutdown', 'idle'] })
      .goodbyes
  ).toEqual({
    'no-service': bytes('-ERR no server can take this command\r\n'),
    'service-down': bytes('-ERR the server of this key went out of service\r\n'),
    shutdown: undefined,
    idle: undefined
  })
})

describe('in both runtimes', async () => {
  for (const { runtime, protocol } of await bothRuntimes(new URL('./index.ts', import.meta.url))) {
    test(`a command and its answer (${runtime})`, () => {
      expect(everySplit(protocol, [bytes(command('GET', 'k')), { server: bytes('$1\r\nv\r\n') }])).toMatchObject({
        verdicts: [{ op: 'forward', token: 'k' }],
        returned: bytes('$1\r\nv\r\n'),
        closed: undefined
      })
    })
  }
})
