import { expect, test } from 'vitest'
import { readHost, readPriority } from './header.ts'

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text))

// Messages of RFC 5424 §6.5 and RFC 3164 §5.4, and what is met besides.
test.each([
  [
    '<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - BOM\'su root\' failed',
    34,
    'mymachine.example.com'
  ],
  ['<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It\'s time', 165, '192.0.2.1'],
  ['<0>1 - - - - - -', 0, ''],
  ['<191>1 - HOST', 191, 'host'],
  ['<34>Oct 11 22:14:15 mymachine su: \'su root\' failed', 34, 'mymachine'],
  ['<13>Feb  5 17:32:18 10.0.0.99 Use the BFG!', 13, '10.0.0.99'],
  ['<13>Feb  5 17:32:18 cron[12]: no host name', 13, ''],
  ['Use the BFG!', 13, ''],
  ['<192>1 - host', 13, 'host'],
  ['<1234>Oct 11 22:14:15 host', 13, ''],
  ['<>1 - host', 13, ''],
  ['<12', 13, ''],
  ['', 13, ''],
  ['<14>1 2003-10-11T22:14:15.003Z caf\u00e9 x', 14, 'caf\u00e9']
])('%j', (message, priority, host) => {
  for (const frame of [message, `${Buffer.byteLength(message)} ${message}`, `${message}\n`]) {
    // Without a message there is nothing that a count could stand before.
    if (message === '' && frame !== message) continue
    expect([readPriority(bytes(frame)), readHost(bytes(frame))]).toEqual([priority, host])
  }
})
