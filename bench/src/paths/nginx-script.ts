import { deniedTopics } from '../wire/topic-rules.ts'

/** Every fifth of a hundred rules, from this one on. */
const ofKind = (kind: number, make: (n: number) => unknown): unknown[] =>
  Array.from({ length: 20 }, (_, i) => make(5 * i + kind))

/** njs: one session is one context, so module variables belong to one connection. */
export const nginxScript: string = `
let clientId = ''

function clientIdOf (s) { return clientId }

// CONNECT: fixed header, protocol name, level, flags, keep-alive, then the client ID.
function preread (s) {
  s.on('upstream', function (data, flags) {
    if (data.length === 0) return
    if (data[0] >> 4 !== 1) { s.deny(); return }
    let at = 1
    while (data[at] > 127) at++
    at++
    at += 2 + data.readUInt16BE(at) + 4
    if (data.length < at + 2) return
    const length = data.readUInt16BE(at)
    if (data.length < at + 2 + length) return
    clientId = data.toString('utf8', at + 2, at + 2 + length)
    s.done()
  })
}

const deniedFilters = ${JSON.stringify(deniedTopics)}.map(function (filter) { return filter.split('/') })

function denied (topic) {
  const levels = topic.split('/')
  for (let r = 0; r < deniedFilters.length; r++) {
    const rule = deniedFilters[r]
    let i = 0
    while (i < rule.length && rule[i] !== '#' && i < levels.length && (rule[i] === '+' || rule[i] === levels[i])) i++
    if (rule[i] === '#' || i === rule.length && i === levels.length) return true
  }
  return false
}

// The rules of ../rules/rule-sets.ts, written by hand: the client is looked at once, and each PUBLISH by a loop over
// arrays.
const prefixes = ${JSON.stringify(ofKind(0, n => `$SYS/${n}/`))}
const sizes = ${JSON.stringify(ofKind(1, n => 100_000 + n))}
const parts = ${JSON.stringify(ofKind(2, n => `secret-${n}`))}
const networks = ${JSON.stringify(ofKind(3, n => [10 * 256 + n % 256, (192 * 65_536 + 2) * 256 + n % 256]))}
const devices = ${JSON.stringify(ofKind(4, n => `device-${n}`))}
const plants = ${JSON.stringify(ofKind(4, n => `plant/${n}`))}

function addressOf (s) {
  return s.remoteAddress.split('.').reduce(function (sum, part) { return sum * 256 + Number(part) }, 0)
}

function ruled (state, topic, size, address) {
  const qos = state.first >> 1 & 3
  for (let i = 0; i < prefixes.length; i++) {
    if (topic.startsWith(prefixes[i])) return true
    if (size > sizes[i]) return true
    if (topic.includes(parts[i])) return true
    if ((Math.floor(address / 65536) === networks[i][0] || address === networks[i][1]) && qos === 2) return true
    if (clientId === devices[i] || topic === plants[i]) return true
  }
  return false
}

function walker (onPublish) { return { first: 0, left: -1, shift: -1, length: 0, type: 0, head: null, onPublish } }

// Finds every message, its type and where it ends; a PUBLISH is told with its topic. True: go on.
function walk (state, data) {
  const end = data.length
  let at = 0
  while (at < end) {
    if (state.left >= 0) {
      const step = Math.min(state.left, end - at)
      if (state.onPublish !== null && state.type === 3 && !topicOf(state, data, at, step)) return false
      at += step
      state.left -= step
    } else if (state.shift < 0) {
      state.first = data[at++]
      state.type = state.first >> 4
      state.shift = 0
      state.length = 0
      state.head = null
    } else {
      const byte = data[at++]
      state.length |= (byte & 127) << state.shift
      state.shift += 7
      if (byte < 128) {
        state.left = state.length
        state.shift = -1
      }
    }
    if (state.left === 0) state.left = -1
  }
  return true
}

// The head of a PUBLISH is gathered only where it is cut.
function topicOf (state, data, at, step) {
  if (state.type === 3 && state.head === null && step >= 2) {
    const length = data.readUInt16BE(at)
    if (step >= 2 + length) {
      state.type = 0
      return state.onPublish(data.toString('utf8', at + 2, at + 2 + length), state)
    }
  }
  state.head = state.head === null ? data.slice(at, at + step) : Buffer.concat([state.head, data.slice(at, at + step)])
  if (state.head.length < 2 || state.head.length < 2 + state.head.readUInt16BE(0)) return true
  state.type = 0
  return state.onPublish(state.head.toString('utf8', 2, 2 + state.head.readUInt16BE(0)), state)
}

function filterWith (s, onPublish) {
  const up = walker(onPublish)
  const down = walker(null)
  s.on('upstream', function (data, flags) {
    if (walk(up, data)) s.send(data, flags)
    else s.deny()
  })
  s.on('downstream', function (data, flags) { walk(down, data); s.send(data, flags) })
}

function filter (s) { filterWith(s, null) }
function rules (s) {
  const address = addressOf(s)
  filterWith(s, function (topic, state) { return !ruled(state, topic, state.length + 2, address) })
}
function topics (s) { filterWith(s, function (topic) { return !denied(topic) }) }

export default { clientIdOf, preread, filter, topics, rules }
`
