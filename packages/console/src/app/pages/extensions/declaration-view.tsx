import type { Declaration } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { Empty } from '../../ui/empty.tsx'

type Side = NonNullable<Declaration['server']>

const keysText = (
  { keys }: { readonly keys?: undefined | { readonly commands: readonly { readonly names: readonly string[] }[] } }
): string =>
  keys === undefined
    ? ''
    : `; ${keys.commands.reduce((sum, { names }) => sum + names.length, 0)} commands are forwarded by their key`

const sideText = (side: Side | undefined): string => {
  if (side === undefined) return 'not framed: bytes pass as they come'
  if (side.kind === 'stream') return 'a stream that the extension frames itself'
  const { kind, ...more } = side.framing as { readonly kind: string }
  const options = Object.entries(more).filter(([, value]) => typeof value === 'number' || typeof value === 'boolean')
    .map(([name, value]) => `${name} ${String(value)}`)
  return `${kind}${options.length === 0 ? '' : ` (${options.join(', ')})`}, ${
    side.handler ? 'inspected' : 'not inspected'
  }${side.peek === undefined ? '' : ', the first bytes of each'}${keysText(side)}`
}

const paramText = (param: Declaration['params'][string]): string => {
  if (param.type === 'list') return `list of at most ${param.max} entries with ${Object.keys(param.of).join(', ')}`
  const from = param.type === 'int' && (param.min !== undefined || param.max !== undefined)
    ? `, ${param.min ?? ''} to ${param.max ?? ''}`
    : ''
  const oneOf = param.type === 'string' && param.oneOf !== undefined ? `, one of ${param.oneOf.join(', ')}` : ''
  return `${param.type}${from}${oneOf}, default ${JSON.stringify(param.default)}`
}

const hookNames = {
  connect: 'onConnect',
  goodbye: 'goodbye',
  close: 'onClose',
  params: 'checkParams',
  unanswered: 'onUnanswered'
} as const

/** What an extension declares: the half of it that Weir knows without running it. */
export const DeclarationView = ({ declaration }: { readonly declaration: Declaration | undefined }): JSX.Element => {
  if (declaration === undefined) return <section class="panel" aria-label="Declaration"><header><h2>Declaration</h2></header><Empty title="No declaration"><p>What the extension declares is shown here once its source compiles.</p></Empty></section>
  const { name, balance, replies, client, server, fields, params, hooks, startTls, websocket, probe } = declaration
  const has = Object.entries(hookNames).filter(([hook]) => hooks[hook as keyof typeof hookNames]).map(([, title]) =>
    title
  )
  const pairs = Object.entries(params)
  return (
    <section class="panel" aria-label="Declaration">
      <header><h2>Declaration</h2></header>
      <dl class="body facts">
        <dt>Name</dt><dd>{name}</dd>
        <dt>Balance</dt><dd>{balance}{balance === 'per-message' && `, replies ${replies}`}</dd>
        <dt>From clients</dt><dd>{sideText(client)}</dd>
        <dt>From servers</dt><dd>{sideText(server)}</dd>
        <dt>Fields</dt><dd>{fields.length === 0 ? 'none' : fields.map(field => <div key={field.name}><code>{field.name}</code> {field.type}{field.message ? ', of a message' : ''}</div>)}</dd>
        <dt>Parameters</dt><dd>{pairs.length === 0 ? 'none' : pairs.map(([name, param]) => <div key={name}><code>{name}</code> {paramText(param)}</div>)}</dd>
        <dt>Handlers</dt><dd>{has.length === 0 ? 'onMessage alone' : has.join(', ')}</dd>
        {startTls && <><dt>TLS</dt><dd>may begin inside the protocol</dd></>}
        {websocket.subprotocols.length > 0 && <><dt>WebSocket</dt><dd>{websocket.subprotocols.join(', ')}</dd></>}
        {probe !== undefined && <><dt>Probe</dt><dd>can probe servers</dd></>}
      </dl>
    </section>
  )
}
