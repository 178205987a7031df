import { describe, expect, test } from 'vitest'
import { grammar } from '../commands/grammar.ts'
import { verbs } from '../grammar/command.ts'
import { synopsis } from '../grammar/synopsis.ts'
import { complete } from './complete.ts'
import { helpText } from './help-text.ts'

const names = (collection: string): readonly string[] =>
  collection === 'services' ? ['mqtt1', 'mqtt2', 'web'] : collection === 'lbVservers' ? ['brokers'] : []
const candidates = async (line: string): Promise<readonly string[]> =>
  (await complete(grammar, line, names, ['help', 'exit'])).candidates

describe('completion', () => {
  test.each([
    ['', [...verbs, 'help', 'exit']],
    ['sh', ['show']],
    ['EN', ['enable']],
    ['add ns', ['ns']],
    ['add ns ', ['extension']],
    ['bind l', ['lb']],
    ['bind lb ', ['vserver']],
    ['bind lb vs ', ['brokers']],
    ['bind lb vs brokers m', ['mqtt1', 'mqtt2']],
    ['bind lb vs brokers mqtt1 ', ['-weight', '-priority']],
    ['bind lb vs brokers mqtt1 -w', ['-weight']],
    ['add service s 127.0.0.1 USER_', ['USER_TCP', 'USER_SSL_TCP', 'USER_WS', 'USER_WSS']],
    ['set lb vserver brokers -down', ['-downStateFlush']],
    ['set lb vserver brokers -downStateFlush ', ['ENABLED', 'DISABLED']],
    ['set service mqtt1 -maxClient 5 -max', []],
    ['set service mqtt1 -connectT', ['-connectTimeoutSeconds']],
    ['add user vs v MQTT 127.0.0.1 80 -defaultLB ', ['brokers']],
    ['show service; rm service w', ['web']],
    ['show service; ', [...verbs, 'help', 'exit']],
    ['help add ser', ['service', 'serviceGroup', 'server']],
    ['set service mqtt1 -comment "a', []],
    ['nothing x', []]
  ])('of %j', async (line, expected) => {
    const found = await candidates(line)
    for (const candidate of expected) expect(found).toContain(candidate)
    if (line !== '' && !line.endsWith(' ')) expect([...found].sort()).toEqual([...new Set(expected)].sort())
  })
})

describe('help', () => {
  test('about everything names every verb and object', () => {
    const text = helpText(grammar, [])
    for (const verb of verbs) expect(text).toContain(verb)
    for (const { object } of grammar.objects) expect(text).toContain(object)
  })

  test('about a verb, an object, and a command', () => {
    expect(helpText(grammar, ['rm'])).toMatch(/^rm ns extension +Remove the extension\.$/m)
    expect(helpText(grammar, ['lb', 'vs'])).toMatch(/^bind lb vserver +Bind a service to an LB vserver/m)
    expect(helpText(grammar, ['add', 'service'])).toMatch(/^add service <name> <IP> \( USER_TCP .*\) <port> \[-maxClient <maxClients>\]/)
    expect(helpText(grammar, ['add', 'service'])).toContain("Weir's own options:")
    expect(helpText(grammar, ['shwo'])).toMatch(/^no help about 'shwo'; did you mean 'show'/)
  })
})

describe('the grammar', () => {
  test('has no command twice, and a sentence and an operation for each', () => {
    const titles = grammar.commands.map(({ verb, object }) => `${verb} ${object}`)
    expect(titles.filter((title, i) => titles.indexOf(title) !== i)).toEqual([])
    for (const { doc, rest } of grammar.commands) {
      expect(doc).toMatch(/\.$/)
      expect(rest).toMatch(/^[a-z]\w+$/)
    }
  })

  test.each(grammar.commands.map(command => [synopsis(command), command] as const))(
    '%s: options have names of their own, and a meaning',
    (_, { parameters: { arguments: positional, options } }) => {
      const all = options.map(({ name }) => name.toLowerCase())
      expect(all.filter((name, i) => all.indexOf(name) !== i)).toEqual([])
      for (const { doc } of [...positional, ...options]) expect(doc).not.toBe('')
      // What may be left out is last.
      expect(positional.map(({ optional }) => optional === true).join()).toBe(
        [...positional.map(({ optional }) => optional === true)].sort().join()
      )
    }
  )
})
