import { describe, expect, it } from 'vitest'
import { parseIp } from './address/ip-address.ts'
import { IpSet, parseRange } from './address/ip-set.ts'
import { checkExpression } from './language/check.ts'
import { functions } from './language/functions.ts'
import type { NamedLists } from './language/types.ts'
import { compiled, fieldTypes, type Subject } from './test/subject.ts'

const office: NamedLists = {
  find: name =>
    name === 'office' ? { type: 'ip', has: ip => new IpSet([parseRange('192.0.2.0/24')!]).has(ip) } : undefined,
  names: () => ['office']
}
const ip = (text: string): Subject => ({ 'ip.src': parseIp(text)! })

// The expressions of CIS's documentation and of the article, unchanged.
const pasted: readonly (readonly [string, Subject, boolean])[] = [
  ['http.host eq "www.example.com" and ip.src in 92.182.212.0/24', {
    ...ip('92.182.212.9'),
    'http.host': 'www.example.com'
  }, true],
  ['http.host eq "www.example.com" and ip.src in 92.182.212.0/24', {
    ...ip('92.182.213.9'),
    'http.host': 'www.example.com'
  }, false],
  ['ssl and (http.request.uri.path eq "/login" or http.request.uri.path eq "/admin")', {
    ssl: true,
    'http.request.uri.path': '/admin'
  }, true],
  ['not ip.src in $office', ip('192.0.2.7'), false],
  ['not ip.src in $office', ip('198.51.100.7'), true],
  ['not ssl', {}, true],
  ['(http.request.uri.path contains "/content")', { 'http.request.uri.path': '/a/content' }, true],
  ['ip.src.country in {"CN" "TH" "US" "ID" "KR" "MY" "IT" "SG" "GB"}', { 'ip.src.country': 'KR' }, true],
  ['http.request.uri.path matches "^/articles/200[7-8]/$"', { 'http.request.uri.path': '/articles/2008/' }, true],
  ['http.request.uri.path ~ "^.*/wp-login\\.php$" or http.request.uri.path ~ r#"^.*/xmlrpc\\.php$"#', {
    'http.request.uri.path': '/blog/wp-login.php'
  }, true],
  ['http.user_agent contains "Mozilla" && !(cf.edge.server_port in {80 443 8000..8999})', {
    'http.user_agent': 'Mozilla/5',
    'cf.edge.server_port': 8443
  }, false],
  ['cf.threat_score gt 10 and not ip.geoip.country eq "US"', { 'cf.threat_score': 11, 'ip.geoip.country': 'DE' }, true],
  ['any(http.request.headers["content-type"][*] == "application/json")', {
    'http.request.headers': new Map([['content-type', ['text/plain', 'application/json']]])
  }, true],
  ['http.request.headers["x-token"][0] == "v"', { 'http.request.headers': new Map([['x-token', ['v']]]) }, true],
  ['http.request.uri.path wildcard "/Content/*.JPG"', { 'http.request.uri.path': '/content/a/b.jpg' }, true],
  ['http.request.uri.path strict wildcard "/Content/*"', { 'http.request.uri.path': '/content/a' }, false],
  ['lower(http.host) eq "www.example.com" or starts_with(http.request.uri, "/api/")', {
    'http.host': 'WWW.Example.com'
  }, true],
  ['mqtt.type eq "PUBLISH" and starts_with(mqtt.publish.topic, "$SYS/")', {
    'mqtt.type': 'PUBLISH',
    'mqtt.publish.topic': '$SYS/x'
  }, true],
  ['any(starts_with(mqtt.subscribe.topic[*], "#"))', { 'mqtt.subscribe.topic': ['a', '#'] }, true],
  ['ip.src eq ::ffff:192.0.2.7', ip('192.0.2.7'), true],
  ['ip.src in {2001:db8::/32 10.0.0.1..10.0.0.9}', ip('2001:db8:1::5'), true],
  ['ip.src in {2001:db8::/32 10.0.0.1..10.0.0.9}', ip('10.0.0.10'), false],
  ['cidr(ip.src, 24, 64) eq 192.0.2.0', ip('192.0.2.77'), true]
]

// What each function makes, and what it makes nothing of.
const called: readonly (readonly [string, Subject, boolean])[] = [
  ['upper(s) eq "ÄB"', { s: 'äb' }, true],
  ['ends_with(s, ".php")', { s: 'a.php' }, true],
  ['ends_with(s, t)', { s: 'a.php' }, false],
  ['len(s) eq 3', { s: 'äb' }, true],
  ['concat(s, "-", n, b) eq "a-5true"', { s: 'a', n: 5, b: true }, true],
  ['concat(s, n) eq "a"', { s: 'a' }, false],
  ['substring(s, 1) eq "bcd"', { s: 'abcd' }, true],
  ['substring(s, 1, 3) eq "bc"', { s: 'abcd' }, true],
  ['substring(s, -2) eq "cd"', { s: 'abcd' }, true],
  ['substring(s, 9) eq ""', { s: 'abcd' }, true],
  ['to_string(n) eq "-7"', { n: -7 }, true],
  ['to_string(ip.src) eq "192.0.2.7"', ip('::ffff:192.0.2.7'), true],
  ['url_decode(s) eq "a b/ü"', { s: 'a+b%2F%C3%BC' }, true],
  ['not url_decode(s) eq "%zz"', { s: '%zz' }, true],
  ['url_decode(s) ne "a"', { s: '%E0%A4%A' }, false],
  ['decode_base64(s) eq "hello"', { s: 'aGVsbG8=' }, true],
  ['decode_base64(s) ne "x"', { s: 'no base 64!' }, false],
  ['lookup_json_string(s, "a", 1, "b") eq "c"', { s: '{"a":[0,{"b":"c"}]}' }, true],
  ['lookup_json_string(s, "__proto__", "x") ne "a"', { s: '{"a":1}' }, false],
  ['lookup_json_string(s, "a") ne "x"', { s: '{"a":1}' }, false],
  ['lookup_json_integer(s, "a") gt 4', { s: '{"a":5}' }, true],
  ['lookup_json_integer(s, "a") ne 0', { s: '{"a":5.5}' }, false],
  ['lookup_json_integer(s, "a") ne 0', { s: `${'['.repeat(100_000)}` }, false],
  ['any(split(s, ",")[*] eq "b")', { s: 'a,b,c' }, true],
  ['any(split(s, ",", 1)[*] eq "b")', { s: 'a,b,c' }, false],
  ['len(split(s, ",")) eq 128', { s: ','.repeat(1000) }, true],
  ['len(split(s, ",", -1)) eq 0', { s: ','.repeat(1000) }, true],
  ['split(s, "/")[2] eq "c"', { s: 'a/b/c' }, true],
  ['join(list, "+") eq "a+b"', { list: ['a', 'b'] }, true],
  ['regex_replace(s, "^/a/([a-z]+)", "/$1") eq "/bc/d"', { s: '/a/bc/d' }, true],
  ['regex_replace(s, "(a)", "$9") eq "$9"', { s: 'a' }, true],
  ['cidr6(ip.src, 32) eq 2001:db8::', ip('2001:db8:1::5'), true],
  ['cidr6(ip.src, 32) eq 192.0.2.7', ip('192.0.2.7'), true],
  ['cidr(ip.src, 24, 64) ne 192.0.2.0', {}, false],
  ['any(lower(list[*]) eq "b")', { list: ['A', 'B'] }, true]
]

// not > and > xor > or.
const precedence: readonly (readonly [string, string])[] = [
  ['b or c and s eq "x"', 'b or (c and s eq "x")'],
  ['not b and c', '(not b) and c'],
  ['b xor c and t eq "x"', 'b xor (c and t eq "x")'],
  ['b or c xor t eq "x"', 'b or (c xor t eq "x")'],
  ['b && c || s eq "x" ^^ !c', '(b and c) or (s eq "x" xor (not c))'],
  ['not b or c xor not c and b', '(not b) or (c xor ((not c) and b))']
]

describe('an expression', () => {
  it.each(pasted)('%s', (text, subject, result) => expect(compiled(text, office)(subject)).toBe(result))

  it.each(called)('calls %s', (text, subject, result) => expect(compiled(text, office)(subject)).toBe(result))

  it('has every function called', () => {
    const texts = [...pasted, ...called].map(([text]) => text).join(' ')
    expect([...functions.keys()].filter(name => !texts.includes(`${name}(`))).toEqual([])
  })

  it.each(precedence)('%s is %s', (one, other) => {
    for (let bits = 0; bits < 16; bits++) {
      const subject: Subject = {
        b: (bits & 1) > 0,
        c: (bits & 2) > 0,
        s: (bits & 4) > 0 ? 'x' : 'y',
        t: (bits & 8) > 0 ? 'x' : 'y'
      }
      expect(compiled(one)(subject), JSON.stringify(subject)).toBe(compiled(other)(subject))
    }
  })

  it.each(
    [
      's eq "x"',
      's ne "x"',
      'n lt 5',
      'n ge 0',
      'not_missing or s contains ""',
      'list[0] ne "x"',
      'any(list[*] ne "x")',
      'headers["a"][0] ne "x"',
      'len(s) ge 0',
      's in {"x"}',
      's matches ""',
      's wildcard "*"',
      'ip.src ne 1.2.3.4'
    ].filter(text => !text.includes('not_missing'))
  )(
    'is false where the field is missing: %s',
    text => {
      expect(compiled(text)({})).toBe(false)
      expect(compiled(`not ${text}`)({})).toBe(true)
    }
  )
})

const deep = `${'('.repeat(65)}b${')'.repeat(65)}`
const faults: readonly (readonly [string, number, number, RegExp])[] = [
  ['', 1, 1, /expected '\(', a field or not; got the end/],
  ['http.hots eq "x"', 1, 1, /unknown field 'http.hots'; there are: http.host/],
  ['b and\n  nope', 2, 3, /unknown field 'nope'/],
  ['n eq "x"', 1, 6, /n is a number; got a string/],
  ['s eq 5', 1, 6, /s is a string; got a number/],
  ['s gt 1.2.3.4', 1, 6, /got an IP address/],
  ['n contains "x"', 1, 3, /n is a number, and contains does not compare that; there are: eq/],
  ['ip.src eq 10.0.0.0/8', 1, 11, /eq takes a single address/],
  ['ip.src in {10.0.0.0/33}', 1, 12, /a prefix of an IPv4 network is 0 to 32; got 33/],
  ['ip.src in {10.0.0.300}', 1, 12, /no IP address: 10.0.0.300/],
  ['ip.src in {10.0.0.9..10.0.0.1}', 1, 12, /begins behind its end/],
  ['ip.src in {1.1.1.1..::1}', 1, 12, /of one version/],
  ['n in {9..1}', 1, 7, /begins behind its end/],
  ['n in {}', 1, 6, /the set is empty/],
  ['n in {1 "x"}', 1, 9, /got a string/],
  ['s', 1, 1, /s is a string and has to be compared/],
  ['b and n', 1, 7, /n is a number and has to be compared/],
  ['list eq "x"', 1, 6, /write \[0\], \[\*\]/],
  ['list[*] eq "x"', 1, 9, /stands in any\(\) or all\(\)/],
  ['any(list eq "x")', 1, 10, /list is a list of strings/],
  ['any(s eq "x")', 1, 7, /write \[\*\] behind the list/],
  ['headers[0] eq "x"', 1, 9, /write \["name"\]/],
  ['s[0] eq "x"', 1, 3, /has no items/],
  ['nofn(s) eq "x"', 1, 1, /unknown function 'nofn'/],
  ['lower(s, t) eq "x"', 1, 1, /takes 1 arguments; got 2/],
  ['lower(n) eq "x"', 1, 7, /argument 1 of lower\(\) is a string; n is a number/],
  ['substring(s, n) eq "x"', 1, 14, /is written out/],
  ['s matches "(a"', 1, 11, /no regular expression/],
  ['s matches "(?=a)"', 1, 11, /no regular expression/],
  ['s contains "\\q"', 1, 13, /a backslash in a text/],
  ['s eq "x', 1, 6, /expected .*a string/],
  ['s eq "x" and', 1, 13, /expected .*a field.*; got the end/],
  ['s eq "x" s eq "y"', 1, 10, /expected and, or, the end or xor; got 's'/],
  ['(b', 1, 3, /expected .*'\)'/],
  ['b AND c', 1, 3, /got 'AND'/],
  ['ip.src in $office', 1, 11, /no list '\$office'; there are: none/],
  ['n eq 99999999999999999999', 1, 6, /too large/],
  ['n bitwise_and 4294967296', 1, 15, /32 bits/],
  [deep, 1, 65, /more than 64 parentheses/],
  [`s eq "${'x'.repeat(4090)}"`, 1, 4097, /4097 characters; an expression has at most 4096/],
  [Array.from({ length: 65 }, () => 's ~ "x"').join(' or '), 1, 64 * 11 + 5, /more than 64 regular expressions/]
]

describe('a fault', () => {
  it.each(faults)('of %j is at line %d, column %d', (text, line, column, message) => {
    const checked = checkExpression(text, fieldTypes)
    expect(checked.ok).toBe(false)
    const [first] = checked.ok ? [] : checked.faults
    expect(first!.message).toMatch(message)
    expect({ line: first!.line, column: first!.column }).toEqual({ line, column })
  })

  it('is none at the limits themselves', () => {
    expect(checkExpression(`${'('.repeat(64)}b${')'.repeat(64)}`, fieldTypes).ok).toBe(true)
    expect(checkExpression(`s eq "${'x'.repeat(4089)}"`, fieldTypes).ok).toBe(true)
    expect(checkExpression(Array.from({ length: 64 }, () => 's ~ "x"').join(' or '), fieldTypes).ok).toBe(true)
    expect(checkExpression(`${'!'.repeat(4095)}b`, fieldTypes).ok).toBe(true)
  })

  it('names every field that is unknown, up to a bound', () => {
    const checked = checkExpression(Array.from({ length: 40 }, (_, n) => `x${n}`).join(' or '), fieldTypes)
    expect(checked).toMatchObject({ ok: false, faults: { length: 16 } })
  })
})

describe('a regular expression', () => {
  it.each(['(a+)+$', '(a|a)*$', '(a*)*b', '(.*)*(.*)*(.*)*x$', '([a-z]+)*[0-9]$'])('%s takes linear time', pattern => {
    const test = compiled(`s matches "${pattern}"`)
    const subject = { s: `${'a'.repeat(8191)}!` }
    test(subject)
    const before = process.cpuUsage()
    test(subject)
    const { user, system } = process.cpuUsage(before)
    // One that tries again would not end before the sun does.
    expect(user + system).toBeLessThan(2_000_000)
  })

  it('looks at the first 8,192 characters', () => {
    expect(compiled('s matches "x"')({ s: `${'a'.repeat(8192)}x` })).toBe(false)
    expect(compiled('s matches "x"')({ s: `${'a'.repeat(8191)}x` })).toBe(true)
  })
})
