import { transportChoices } from '@weirlb/core'
import { expect, test } from 'vitest'
import { commandRows, commandTable } from './command-table.ts'
import { commandHelp } from './usage.ts'

test('the help names every command, and fits a terminal', () => {
  const text = commandHelp(['--help'])
  expect(commandRows.filter(({ name }) => !text.includes(`weir ${name}`)).map(({ name }) => name)).toEqual([])
  expect(text.split('\n').filter(line => line.length > 120)).toEqual([])
})

test('the help about a command, about a group, and about everything', () => {
  expect(commandHelp(['export', '--help'])).toBe('Usage: weir export [--format ns|json] [--api URL] [--socket PATH]\n\nPrint the configuration as commands, or as a document.\n\nOptions:\n' +
    '  --format ns|json            its form (default ns)\n  --api URL                   the REST API of a running Weir (default: WEIR_API, the usual socket if it is present, or\n                              http://127.0.0.1:8080); token from WEIR_ADMIN_TOKEN\n  --socket PATH               the same on a Unix socket, as --api unix:PATH\n')
  expect(commandHelp(['help', 'extension', 'push'])).toMatch(/^Usage: weir extension push FILE --name NAME \[/)
  expect(commandHelp(['extension', '--help'])).toMatch(/^ {2}weir extension new NAME \[--dir DIR\]\n/)
  for (const all of [[], ['help'], ['--help'], ['nothing', '--help']])
    expect(commandHelp(all)).toMatch(/^Usage: weir serve/)
})

test('the values that completion offers are those that there are', () => {
  expect(commandTable.serve.options.find(({ name }) => name === 'transport')).toMatchObject({
    offered: transportChoices
  })
})
