import { expect, test } from 'vitest'
import { duration } from './amounts.ts'
import { table } from './layout.ts'

test('columns fit the terminal: the widest loses its end', () => {
  const rows = [['mqtt1', '12', 'a-very-long-key-of-a-session'], ['m', '1', 'k']]
  expect(table([{ title: 'NAME' }, { title: 'N', right: true }, { title: 'KEY' }], rows, 80)).toBe(
    'NAME    N  KEY\nmqtt1  12  a-very-long-key-of-a-session\nm       1  k\n'
  )
  expect(table([{ title: 'NAME' }, { title: 'N', right: true }, { title: 'KEY' }], rows, 25)).toBe(
    'NAME    N  KEY\nmqtt1  12  a-very-long-k…\nm       1  k\n'
  )
})

test('texts of clients cannot change the terminal', () => {
  expect(table([{ title: 'KEY' }], [['a\u001B[2J\r\nb\u202E']], 80)).toBe('KEY\na\uFFFD[2J\uFFFD\uFFFDb\uFFFD\n')
})

test('times are written as NetScaler writes them', () => {
  expect(duration(86_400 * 3 + 3723.9)).toBe('3 days, 01:02:03')
  expect(duration(-1)).toBe('0 days, 00:00:00')
})

test('no line is wider than the terminal, and no column is lost', () => {
  const columns = [
    'Name',
    'IP',
    'port',
    'Protocol',
    'State',
    'Health',
    'actSvcs',
    'inactSvcs',
    'Hits',
    'Reqb',
    'Rspb',
    'ClntConn'
  ].map(title => ({ title }))
  const rows = [columns.map(({ title }) => `${title}-with-a-long-value`), columns.map(() => '1')]
  for (let width = 40; width <= 300; width += 13) {
    const text = table(columns, rows, width)
    expect(text.split('\n').filter(line => line.length > width)).toEqual([])
    for (const { title } of columns) expect(text).toMatch(new RegExp(`(^| )${title}( |$)`, 'm'))
    // Each block begins with the names.
    expect(text.split('\n\n').every(block => block.startsWith('Name'))).toBe(true)
  }
  expect(table(columns, rows, 1000).split('\n')).toHaveLength(4)
})
