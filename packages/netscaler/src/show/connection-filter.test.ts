import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readConnectionFilter, type ConnectionRow } from './connection-filter.ts'

const row: ConnectionRow = {
  SRCIP: '192.0.2.7',
  SRCPORT: 50_123,
  DSTIP: '127.0.0.1',
  DSTPORT: 1883,
  SVCNAME: 'mqtt1',
  'LB_VSERVER.NAME': 'brokers',
  'USER_VSERVER.NAME': 'v',
  SERVICE_TYPE: 'USER_TCP',
  CONNID: '1-7',
  IDLETIME: 101,
  TCPSTATE: 'ESTABLISHED',
  SESSION: 'meter "7"',
  PPEID: 2,
  INTF: 'lo'
}
const matches = (text: string): boolean | string => {
  const read = readConnectionFilter(text)
  return 'fault' in read ? read.fault : read.filter(row)
}

describe('a filter of the connection table', () => {
  test.each([
    ['CONNECTION.LB_VSERVER.NAME.EQ("brokers") && CONNECTION.IDLETIME.GT(100)', true],
    ['CONNECTION.LB_VSERVER.NAME.EQ("brokers")&&CONNECTION.IDLETIME.GT(101)', false],
    ['connection.svcname.eq(MQTT1)', true],
    ['CONNECTION.IP.EQ(127.0.0.1)', true],
    ['CONNECTION.PORT.BETWEEN(1000, 2000)', true],
    ['CONNECTION.DSTPORT.NE(1883)', false],
    ['CONNECTION.SRCIP.STARTSWITH("192.0.2.") && CONNECTION.SVCNAME.ENDSWITH("1")', true],
    ['CONNECTION.SESSION.CONTAINS("\\"7\\"")', true],
    ['CONNECTION.IDLETIME.LT(5) || CONNECTION.IDLETIME.GE(101) && CONNECTION.TCPSTATE.EQ(ESTABLISHED)', true],
    ['CONNECTION.PPEID.EQ(2) && CONNECTION.INTF.EQ("lo") && CONNECTION.VLANID.EQ(0) && CONNECTION.TRAFFIC_DOMAIN_ID.EQ(0)', true],
    ['CONNECTION.PPEID.LT(2) || CONNECTION.VLANID.NE(0) || CONNECTION.TRAFFIC_DOMAIN_ID.GT(0) || CONNECTION.INTF.EQ("eth0")', false],
    ['(CONNECTION.IDLETIME.LE(5) || CONNECTION.IDLETIME.GE(101)) && CONNECTION.TCPSTATE.EQ(CLOSING)', false]
  ])('%s', (text, expected) => { expect(matches(text)).toBe(expected) })

  test.each([
    ['CONNECTION.SVCNAM.EQ(a)', /no field 'SVCNAM'; did you mean 'SVCNAME'\?; there are: SRCIP/],
    ['CONNECTION.SVCNAME.EQUALS(a)', /no operation 'EQUALS'.*; there are: EQ, NE/],
    ['CONNECTION.SVCNAME.GT(5)', /GT is for numbers, and SVCNAME is text/],
    ['CONNECTION.IDLETIME.CONTAINS(5)', /CONTAINS is for text, and IDLETIME is a number/],
    ['CONNECTION.IDLETIME.GT(x)', /expected a number, got "x"/],
    ['CONNECTION.PORT.BETWEEN(5)', /BETWEEN takes two values, got 1/],
    ['CONNECTION.PORT.EQ(5', /expected '\)', got the end/],
    ['CONNECTION.PORT.EQ(5) and', /expected && or \|\| or the end, got "and"/],
    ['', /expected CONNECTION/],
    ['CONNECTION.PORT.EQ(1)||'.repeat(12), /at most 255 characters; this one has 276/],
    ['('.repeat(200), /more than 16 parentheses/]
  ])('%s is refused', (text, fault) => { expect(matches(text)).toMatch(fault) })

  test('no text breaks it', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom('CONNECTION.', 'IP', '.EQ(', '5', ')', '&&', '||', '(', '"', ' ', 'PORT', '.BETWEEN(', ',')
        ),
        parts => {
          expect(['boolean', 'string']).toContain(typeof matches(parts.join('')))
        }
      )
    )
  })
})
