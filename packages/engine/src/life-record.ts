import type { CloseReason } from '@weirlb/model'
import type { ClientView } from './client-view.ts'

/** Whose end it is: a connection's, an HTTP request's, or that of a client that was refused before it became either. */
export type EndKind = 'connection' | 'request' | 'refused'

/** What is known of a client's connection, or of an HTTP request, at its end. What does not apply is undefined. */
export interface EndRecord extends ClientView {
  readonly userVserver: string
  readonly lbVserver?: string | undefined
  /** Its service, or its services, with `, ` between them. */
  readonly service?: string | undefined
  /** Id of the connection. */
  readonly connection?: string | undefined
  /** Session key as text. */
  readonly session?: string | undefined
  /** Version of the extension. */
  readonly version?: number | undefined
  /** True if it was tunnelled because the extension was unavailable. */
  readonly failedOpen?: true | undefined
  readonly method?: string | undefined
  /** Path of the request, without its query, which may hold a secret. */
  readonly path?: string | undefined
  readonly status?: number | undefined
  /** Undefined for a request that a server answered. */
  readonly reason: CloseReason | undefined
  readonly detail?: string | undefined
  readonly bytesIn?: number | undefined
  readonly bytesOut?: number | undefined
  readonly durationMs?: number | undefined
  /** Fields that the extension has published; secret ones are left out. */
  readonly fields?: Readonly<Record<string, string>> | undefined
}

/** What is known of a connection when it begins: its layers are open, and no byte of its protocol was read. */
export interface BeginRecord extends ClientView {
  readonly userVserver: string
  /** Its id. */
  readonly connection: string
}

/**
 * When what happened to a sampled connection, in milliseconds since 1970 (UTC) with fractions. What did not happen is
 * undefined.
 */
export interface Timeline {
  /** It was accepted. */
  readonly arrivedAt: number
  /** Its layers were open, such as TLS. */
  readonly openedAt: number
  /** Its first message was whole and went to the extension; of a stream, its first bytes. */
  readonly askedAt: number | undefined
  /** The extension had decided it. */
  readonly decidedAt: number | undefined
  /** Attempts to connect to a server. */
  readonly dials: readonly { readonly service: string, readonly at: number, readonly connectedAt: number | undefined }[]
  /** The server was sent the first message. */
  readonly sentAt: number | undefined
  /** The server's first byte came. */
  readonly repliedAt: number | undefined
}

/** Takes records beside the log. Its methods must neither throw nor wait. */
export interface RecordSink {
  /** False while nobody wants these records: then none need be made. */
  readonly wantsBegins: boolean
  readonly wantsEnds: boolean
  onBegin (record: BeginRecord): void
  onEnd (kind: EndKind, record: EndRecord): void
  /** True if the times of a connection that begins now are to be kept. */
  sample (): boolean
  /** Called at the end of a sampled connection. */
  onSampled (record: EndRecord, timeline: Timeline): void
}
