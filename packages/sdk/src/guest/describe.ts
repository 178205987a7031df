const isFunction = (value: unknown): boolean => typeof value === 'function'

/**
 * Functions do not survive JSON; their names must, or a misspelt `onMesage` would pass for a side without a handler.
 */
const visible = (_key: string, value: unknown): unknown => isFunction(value) ? '(function)' : value

const describeSide = (side: unknown): unknown => {
  if (side === null || typeof side !== 'object') return side
  const { onMessage, onData, ...rest } = side as Record<string, unknown>
  const handled = isFunction(onMessage) ? { ...rest, handler: true } : { ...rest, onMessage, handler: false }
  return onData === undefined ? handled : { ...handled, onData: isFunction(onData) || String(onData) }
}

const describeFields = (fields: unknown): unknown =>
  typeof fields === 'object' && fields !== null
    ? Object.entries(fields).map(([name, type]) => ({ name, type }))
    : fields

/** A hook is there, is not there, or is something that the check must see. */
const describeHook = (hook: unknown): unknown => hook === undefined ? false : isFunction(hook) || hook

const describeProbe = (probe: unknown): unknown => {
  if (probe === null || typeof probe !== 'object') return probe
  const { send, judge, checkParams, ...rest } = probe as Record<string, unknown>
  return { ...rest, send: describeHook(send), judge: describeHook(judge), checkParams: describeHook(checkParams) }
}

/** Bytes do not survive JSON as such. */
const describeSteps = (steps: unknown): unknown =>
  !Array.isArray(steps) ? steps : steps.map((step: unknown) => {
    const send = typeof step === 'object' && step !== null ? (step as Record<string, unknown>)['send'] : undefined
    return send instanceof Uint8Array ? { ...step as object, send: Array.from(send) } : step
  })

const describeProtocol = (exported: object): string => {
  const p = exported as Record<string, unknown>
  return JSON.stringify({
    keys: Object.keys(p),
    name: p['name'],
    api: p['api'],
    balance: p['balance'],
    replies: p['replies'],
    resend: p['resend'],
    startTls: p['startTls'],
    serverTls: describeSteps(p['serverTls']),
    params: p['params'],
    fields: describeFields(p['fields']),
    messageFields: p['messageFields'],
    security: p['security'],
    client: describeSide(p['client']),
    server: describeSide(p['server']),
    hooks: {
      state: describeHook(p['state']),
      connect: describeHook(p['onConnect']),
      goodbye: describeHook(p['goodbye']),
      close: describeHook(p['onClose']),
      params: describeHook(p['checkParams']),
      unanswered: describeHook(p['onUnanswered'])
    },
    websocket: p['websocket'],
    probe: describeProbe(p['probe'])
  }, visible)
}

/**
 * The declarative half of the module's default export as JSON; `null` when there is no such object. The host checks it:
 * nothing here is believed.
 */
export const describe = (exported: unknown): string => {
  if (exported === null || typeof exported !== 'object') return 'null'
  try {
    return describeProtocol(exported)
  } catch (failure) {
    return JSON.stringify({ failure: String(failure) })
  }
}
