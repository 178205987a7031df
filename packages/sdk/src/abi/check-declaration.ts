import type { Match } from '../framing.ts'
import type { FieldType } from '../context.ts'
import { checkBegins, checkUnasked } from './check-begins.ts'
import { checkCloses } from './check-closes.ts'
import { checkFraming } from './check-framing.ts'
import { checkKeys } from './check-keys.ts'
import { checkPeek } from './check-peek.ts'
import { checkProbe } from './check-probe.ts'
import { checkTlsSteps } from './check-tls-steps.ts'
import { checkWebSocket } from './check-websocket.ts'
import { checkParamSpec } from './check-param-spec.ts'
import {
  largestFrame,
  smallestPeek,
  type Declaration,
  type FieldDeclaration,
  type MessageSideDeclaration,
  type SideDeclaration
} from './declaration.ts'
import { Issues, isRecord, shown, type DeclarationIssue, type Untrusted } from './issues.ts'
import { MAX_ENTRY } from './layout.ts'

/** Versions of the author's API that this Weir has. */
const API_VERSIONS: readonly number[] = [1]
const MAX_FIELDS = 128
const MAX_OFFSET = 0x7fffffff
const PROTOCOL_NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,62}$/
const FIELD_NAME = /^[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*$/
const MAX_FIELD_NAME = 128
const fieldTypes = ['string', 'int', 'bool', 'secret', 'strings', 'map'] as const satisfies readonly FieldType[]
const protocolKeys = [
  'name', 'api', 'balance', 'replies', 'resend', 'startTls', 'serverTls', 'params', 'checkParams', 'state', 'onConnect',
  'client', 'server', 'onUnanswered', 'fields', 'messageFields', 'security', 'goodbye', 'probe', 'websocket', 'onClose'
]

/** A declaration that holds, with every optional part present or `undefined`; or why it does not. */
export type Checked =
  | { readonly ok: true, readonly declaration: Declaration }
  | {
    readonly ok: false
    readonly code: 'extension-no-default' | 'extension-api' | 'extension-invalid' | 'extension-replies'
    readonly issues: readonly DeclarationIssue[]
  }

/** Read which frames are inspected; `largest`: bytes of the largest frame, if the framing is valid. */
const checkOnly = (
  issues: Issues,
  path: string,
  value: unknown,
  peek: number | undefined,
  largest: number | undefined
): Match | undefined => {
  if (value === undefined) return undefined
  const given = issues.record(path, value, ['at', 'mask', 'in'])
  const at = issues.integer(`${path}.at`, given['at'], 0, MAX_OFFSET)
  const mask = issues.integer(`${path}.mask`, given['mask'], 0, 255)
  const choices = issues.bytes(`${path}.in`, given['in'], 256)
  if (peek !== undefined && at >= peek) issues.add(`${path}.at`, `${at} is not within the first ${peek} bytes (peek)`)
  if (largest !== undefined && at >= largest)
    issues.add(
      `${path}.at`,
      `${at} is not within the largest frame, of ${largest} bytes (framing): the handler would never run`
    )
  choices.forEach((byte, i) => {
    if ((byte & mask) !== byte)
      issues.add(`${path}.in[${i}]`, `${byte} never matches: it has bits outside mask ${mask}`)
  })
  return { at, mask, in: choices }
}

const sideKeys = ['framing', 'begins', 'closes', 'unasked', 'only', 'peek', 'keys', 'onMessage', 'onData']

const checkSide = (issues: Issues, path: string, value: unknown): SideDeclaration => {
  const given = issues.record(path, value, sideKeys, ['handler'])
  if (given['onData'] === undefined) return checkMessageSide(issues, path, given)
  if (given['onData'] !== true) issues.add(`${path}.onData`, `expected a function, got ${shown(given['onData'])}`)
  for (const key of ['framing', 'closes', 'unasked', 'only', 'peek', 'keys', 'onMessage']) {
    if (given[key] !== undefined || (key === 'onMessage' && given['handler'] === true)) {
      issues.add(`${path}.${key}`, 'a side with onData is a stream that the extension cuts itself; there is either onData, or framing with only, peek, keys and onMessage')
    }
  }
  return { kind: 'stream', begins: checkBegins(issues, path, given['begins']) }
}

const checkMessageSide = (issues: Issues, path: string, given: Untrusted): MessageSideDeclaration => {
  const before = issues.list.length
  const framing = checkFraming(issues, `${path}.framing`, given['framing'])
  const framed = issues.list.length === before
  const peek = given['peek'] === undefined ? undefined : checkPeek(issues, `${path}.peek`, given['peek'], framing)
  const only = checkOnly(
    issues,
    `${path}.only`,
    given['only'],
    peek === undefined ? undefined : smallestPeek(peek),
    framed ? largestFrame(framing) : undefined
  )
  const handler = given['handler'] === true
  if (given['onMessage'] !== undefined)
    issues.add(`${path}.onMessage`, `expected a function, got ${shown(given['onMessage'])}`)
  if (handler && framed && peek === undefined && largestFrame(framing) > MAX_ENTRY) {
    issues.add(
      `${path}.peek`,
      `missing: frames of up to ${
        largestFrame(framing)
      } bytes cannot enter the sandbox whole (at most ${MAX_ENTRY}); ` +
        'say how many bytes of each the handler needs, or lower framing.max'
    )
  }
  return {
    kind: 'messages',
    framing,
    begins: checkBegins(issues, path, given['begins']),
    closes: checkCloses(issues, `${path}.closes`, given['closes'], framing),
    unasked: checkUnasked(issues, path, given['unasked']),
    only,
    peek,
    keys: checkKeys(issues, `${path}.keys`, given['keys'], framing, handler),
    handler
  }
}

const checkFields = (issues: Issues, value: unknown, ofMessages: unknown, security: unknown): FieldDeclaration[] => {
  const fields = checkNames(issues, value)
  const messages = fieldsIn(issues, 'messageFields', ofMessages, fields)
  const given = security === undefined ? {} : issues.record('security', security, ['clientId', 'topic', 'hidden'])
  const hidden = fieldsIn(issues, 'security.hidden', given['hidden'], fields)
  const role = (key: 'clientId' | 'topic'): string | undefined =>
    given[key] === undefined ? undefined : textIn(issues, `security.${key}`, given[key], fields)
  const [clientId, topic] = [role('clientId'), role('topic')]
  return fields.map(field => ({
    ...field, message: messages.includes(field.name), hidden: hidden.includes(field.name) || undefined,
    role: field.name === clientId ? 'client-id' : field.name === topic ? 'topic' : undefined
  }))
}

type Named = readonly { readonly name: string, readonly type: FieldType }[]

/** Read a list of names of declared fields. */
const fieldsIn = (issues: Issues, path: string, value: unknown, fields: Named): unknown[] => {
  if (value === undefined) return []
  if (!Array.isArray(value)) {
    issues.add(path, `expected a list, got ${shown(value)}`)
    return []
  }
  const names = value.slice(0, MAX_FIELDS) as unknown[]
  for (const name of names) if (!fields.some(field => field.name === name)) issues.add(path, noField(name, fields))
  return names
}

/** Read the name of a declared field whose values are texts. */
const textIn = (issues: Issues, path: string, name: unknown, fields: Named): string | undefined => {
  const found = fields.find(field => field.name === name)
  if (found === undefined) issues.add(path, noField(name, fields))
  else if (found.type !== 'string')
    issues.add(path, `${shown(name)} is of type ${found.type}; expected a field of type string`)
  return found?.name
}

const noField = (name: unknown, fields: Named): string =>
  `${shown(name)} is no declared field; there are: ${fields.map(field => field.name).join(', ') || 'none'}`

const checkNames = (issues: Issues, value: unknown): { name: string, type: FieldType }[] => {
  if (value === undefined) return []
  if (!Array.isArray(value)) {
    issues.add('fields', `expected an object, got ${shown(value)}`)
    return []
  }
  if (value.length > MAX_FIELDS) issues.add('fields', `${value.length} fields; there may be ${MAX_FIELDS}`)
  const fields: { name: string, type: FieldType }[] = []
  for (const entry of value.slice(0, MAX_FIELDS)) {
    const given = issues.record('fields', entry, ['name', 'type'])
    const name = given['name']
    if (typeof name !== 'string' || name.length > MAX_FIELD_NAME || !FIELD_NAME.test(name)) {
      issues.add(
        'fields',
        `invalid name ${
          shown(name)
        }: expected words of letters, digits and "_" joined by ".", at most ${MAX_FIELD_NAME} characters`
      )
    } else if (fields.some(f => f.name === name)) {
      issues.add(`fields.${name}`, 'declared twice')
    } else {
      fields.push({ name, type: issues.oneOf(`fields.${name}`, given['type'], fieldTypes) })
    }
  }
  return fields
}

const NEEDS_SERVER = 'missing: messages of several servers can only be told apart with a framing; write server: { framing }, or replies: \'none\''

const replyModes = ['none', 'as-they-come', 'in-order', 'matched'] as const
const NEEDS_MATCH = "missing: with replies: 'matched' it says which request a message answers, forward({ match })"

const checkReplies = (issues: Issues, value: Untrusted): Declaration['replies'] => {
  const given = value['replies']
  if (given !== undefined && value['balance'] === 'per-connection') {
    issues.add('replies', 'says how several servers answer one client: it needs balance: "per-message"')
    return 'none'
  }
  const replies = given === undefined ? 'none' : issues.oneOf('replies', given, replyModes)
  if (value['balance'] !== 'per-message') return replies
  const server = value['server'] !== undefined
  if (replies !== 'none' && !server) issues.add('server.framing', NEEDS_SERVER)
  if (replies === 'none' && server)
    issues.add(
      'replies',
      `${
        given === undefined ? 'missing' : shown(given)
      }: there is a server side; say how its messages go to the client: ${replyModes.slice(1).join(', ')}`
    )
  if (replies === 'matched' && server && !(isRecord(value['server']) && value['server']['handler'] === true))
    issues.add('server.onMessage', NEEDS_MATCH)
  return replies
}

/** Keys choose a server for each message, and say nothing else about it. */
const checkKeyed = (issues: Issues, { client, balance, replies }: Untrusted): void => {
  if (!isRecord(client) || client['keys'] === undefined) return
  if (balance !== 'per-message') issues.add('client.keys', "needs balance: 'per-message': with one server for a connection, its first message alone has a key")
  if (replies === 'matched') issues.add('client.keys', "with replies: 'matched' each message needs its name, forward({ match })")
}

const checkResend = (issues: Issues, value: Untrusted): Declaration['resend'] => {
  const given = value['resend']
  if (given === undefined) return undefined
  if (value['balance'] === 'per-message') issues.add('resend', "needs balance: 'per-connection': with several servers there is no first message that all the others stand behind")
  return issues.oneOf('resend', given, ['first-message'])
}

const checkStartTls = (issues: Issues, value: Untrusted): boolean => {
  const given = value['startTls']
  if (given === undefined || given === false) return false
  if (given !== true) issues.add('startTls', `expected true or false, got ${shown(given)}`)
  if (value['balance'] === 'per-message') issues.add('startTls', "needs balance: 'per-connection'")
  if (!(isRecord(value['client']) && value['client']['handler'] === true)) issues.add('startTls', 'needs client.onMessage, which answers the request for TLS')
  return true
}

const hookNames = {
  state: 'state',
  connect: 'onConnect',
  goodbye: 'goodbye',
  close: 'onClose',
  params: 'checkParams',
  unanswered: 'onUnanswered'
} as const

const checkHooks = (issues: Issues, value: unknown): Declaration['hooks'] => {
  const given: Untrusted = isRecord(value) ? value : {}
  for (const [hook, name] of Object.entries(hookNames)) {
    if (typeof given[hook] !== 'boolean') issues.add(name, `expected a function, got ${shown(given[hook])}`)
  }
  return {
    state: given['state'] === true,
    connect: given['connect'] === true,
    goodbye: given['goodbye'] === true,
    close: given['close'] === true,
    params: given['params'] === true,
    unanswered: given['unanswered'] === true
  }
}

const parse = (json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** Check what a guest described; the JSON comes from the sandbox and nothing in it is believed. */
export const checkDeclaration = (json: string): Checked => {
  const value = parse(json)
  if (!isRecord(value)) {
    const message =
      'the module has no default export made by defineProtocol; write: export default defineProtocol({ … })'
    return { ok: false, code: 'extension-no-default', issues: [{ path: '', message }] }
  }
  if (value['failure'] !== undefined) {
    return {
      ok: false,
      code: 'extension-invalid',
      issues: [{ path: '', message: `the declaration cannot be read: ${shown(value['failure'])}` }]
    }
  }
  const issues = new Issues()
  const api = value['api']
  if (api === undefined) {
    issues.add(
      'api',
      `missing: say which version of the API the extension is written for; there are: ${API_VERSIONS.join(', ')}`
    )
  } else if (!API_VERSIONS.includes(api as number)) {
    // Stop here: another version may define the other fields differently.
    const message = `unknown version ${shown(api)}; there are: ${API_VERSIONS.join(', ')}`
    return { ok: false, code: 'extension-api', issues: [{ path: 'api', message }] }
  }
  if (Array.isArray(value['keys'])) {
    for (const key of value['keys']) {
      if (!protocolKeys.includes(key as string))
        issues.add(String(key).slice(0, 64), `unknown property; there are: ${protocolKeys.join(', ')}`)
    }
  }
  if (value['client'] === undefined)
    issues.add('client', 'missing: a protocol needs the client side: { framing, onMessage } or { onData }')
  if (value['balance'] === 'per-message') {
    for (const path of ['client', 'server']) {
      const side = value[path]
      if (isRecord(side) && side['closes'] !== undefined) issues.add(`${path}.closes`, "needs balance: 'per-connection': with several servers, none of them says a client's last message")
      if (isRecord(side) && side['onData'] !== undefined) issues.add(`${path}.onData`, 'per-message balancing needs messages, and a stream has none; give framing and onMessage, or balance per-connection')
    }
  }
  checkKeyed(issues, value)
  const server = value['server'] === undefined ? undefined : checkSide(issues, 'server', value['server'])
  const declaration: Declaration = {
    name: issues.match(
      'name',
      value['name'],
      PROTOCOL_NAME,
      'a letter, then letters, digits, "_", "." or "-", at most 63'
    ),
    api: 1,
    balance: issues.oneOf('balance', value['balance'], ['per-connection', 'per-message']),
    replies: checkReplies(issues, value),
    resend: checkResend(issues, value),
    startTls: checkStartTls(issues, value),
    serverTls: checkTlsSteps(issues, value['serverTls']),
    params: checkParamSpec(issues, 'params', value['params']),
    fields: checkFields(issues, value['fields'], value['messageFields'], value['security']),
    client: value['client'] === undefined
      ? {
        kind: 'messages',
        framing: { kind: 'fixed', size: 1 },
        begins: undefined,
        closes: undefined,
        unasked: undefined,
        only: undefined,
        peek: undefined,
        keys: undefined,
        handler: false
      }
      : checkSide(issues, 'client', value['client']),
    server,
    hooks: checkHooks(issues, value['hooks']),
    websocket: checkWebSocket(issues, value['websocket']),
    probe: checkProbe(issues, value['probe'], server)
  }
  for (const path of ['client', 'server'] as const) {
    const side = declaration[path]
    const peek = side?.kind === 'messages' ? side.peek : undefined
    if (typeof peek === 'object') fieldsIn(issues, `${path}.peek.wideFor`, peek.wideFor, declaration.fields)
  }
  if (issues.list.length === 0) return { ok: true, declaration }
  const code = issues.list.every(({ message }) => message === NEEDS_SERVER) ? 'extension-replies' : 'extension-invalid'
  return { ok: false, code, issues: issues.list }
}
