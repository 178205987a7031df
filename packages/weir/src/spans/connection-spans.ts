import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer
} from '@opentelemetry/api'
import { parseEndpoint, type CloseReason } from '@weirlb/model'
import type { EndRecord } from '@weirlb/engine'
import { publishedField } from '../access-log/access-fields.ts'
import { version } from '../version.ts'
import type { SampledConnection } from './sampled.ts'

/** How long the exporter of the program may take for the last spans. */
const FLUSH_MS = 2000

/** Ends that are in order, or somebody's wish. All others are errors. */
const inOrder: ReadonlySet<CloseReason> = new Set([
  'client-closed',
  'server-closed',
  'client-reset',
  'idle-timeout',
  'draining',
  'rebalanced',
  'shutdown',
  'killed'
])

/** What an SDK's provider has beside the API. */
interface Flushing { forceFlush? (): Promise<void> }

/**
 * The provider behind the API's. It may be of another copy of the API, as one that was loaded with `require`: its
 * classes are not ours.
 */
const providerInUse = (): object => {
  const provider = trace.getTracerProvider() as { getDelegate? (): object }
  return provider.getDelegate?.() ?? provider
}

/** True while no SDK is registered: spans are made for nobody then. */
const isUnregistered = (): boolean => providerInUse().constructor.name === 'NoopTracerProvider'

/**
 * Makes OpenTelemetry spans of sampled connections that have ended. The SDK and the exporter are those of the program.
 */
export class ConnectionSpans {
  readonly #tracer: Tracer = trace.getTracer('weirlb', version)

  /** True if the program has registered an SDK. */
  get registered (): boolean { return !isUnregistered() }

  /**
   * One span for the connection, with a child for each part of its life that took time.
   *
   *     connection ├─ layers ─┼─ first message ─┼─ judge ─┼─ dial … ─┼─ first reply ─┼──────────────┤
   */
  add ({ record, timeline, endedAt }: SampledConnection): void {
    const { arrivedAt, openedAt, askedAt, decidedAt, dials, sentAt, repliedAt } = timeline
    const span = this.#tracer.startSpan('weir.connection', {
      kind: SpanKind.SERVER,
      startTime: arrivedAt,
      root: true,
      attributes: attributesOf(record)
    }, ROOT_CONTEXT)
    if (span.isRecording()) {
      const within = trace.setSpan(ROOT_CONTEXT, span)
      if (openedAt > arrivedAt) this.#child(within, 'weir.layers', arrivedAt, openedAt)
      this.#child(within, 'weir.first_message', openedAt, askedAt ?? decidedAt)
      if (askedAt !== undefined) this.#child(within, 'weir.judge', askedAt, decidedAt)
      for (const [i, { service, at, connectedAt }] of dials.entries()) {
        this.#child(
          within,
          'weir.dial',
          at,
          connectedAt ?? dials[i + 1]?.at ?? endedAt,
          { 'weir.service': service },
          connectedAt === undefined
        )
      }
      if (sentAt !== undefined) this.#child(within, 'weir.first_reply', sentAt, repliedAt)
      const { reason, detail } = record
      span.addEvent(
        'close',
        { 'weir.close_reason': reason!, ...detail === undefined ? {} : { 'weir.detail': detail } },
        endedAt
      )
      if (!inOrder.has(reason!)) {
        span.setAttribute('error.type', reason!)
        span.setStatus({ code: SpanStatusCode.ERROR, ...detail === undefined ? {} : { message: detail } })
      }
    }
    span.end(endedAt)
  }

  /** A part of its life; one that did not end has none. */
  #child (
    within: Context,
    name: string,
    from: number,
    to: number | undefined,
    attributes: Attributes = {},
    failed = false
  ): void {
    if (to === undefined) return
    const span = this.#tracer.startSpan(name, { kind: SpanKind.INTERNAL, startTime: from, attributes }, within)
    if (failed) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end(Math.max(from, to))
  }

  /** Let the program's exporter send what it has, for a moment. */
  async flush (): Promise<void> {
    const flushed = (providerInUse() as Flushing).forceFlush?.()
    if (flushed === undefined) return
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>(resolve => { timer = setTimeout(resolve, FLUSH_MS) })
    await Promise.race([flushed.catch(() => { /* its exporter reports it */ }), late])
    clearTimeout(timer)
  }
}

const attributesOf = (record: EndRecord): Attributes => {
  const {
    userVserver,
    lbVserver,
    service,
    client,
    serverName,
    certificate,
    psk,
    via,
    protocol,
    connection,
    session,
    version,
    failedOpen,
    reason,
    bytesIn,
    bytesOut,
    fields
  } = record
  const { address, port } = parseEndpoint(client) ?? { address: client, port: undefined }
  const attributes: Record<string, string | number | boolean | undefined> = {
    'client.address': address,
    'client.port': port,
    'network.transport': 'tcp',
    'weir.user_vserver': userVserver,
    'weir.lb_vserver': lbVserver,
    'weir.service': service,
    'weir.connection': connection,
    'weir.session': session,
    'weir.protocol': protocol,
    'weir.extension.version': version,
    'weir.failed_open': failedOpen,
    'weir.via': via,
    'weir.certificate': certificate,
    'weir.psk': psk,
    'tls.server.name': serverName,
    'weir.close_reason': reason,
    'weir.bytes_in': bytesIn,
    'weir.bytes_out': bytesOut
  }
  for (const name of Object.keys(fields ?? {})) attributes[`weir.fields.${name}`] = publishedField(record, name)
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined)) as Attributes
}
