import { createHash } from 'node:crypto'
import type { Persistence, PersistenceType } from '@weirlb/model'
import { type AffinityCookie, type ClientFacts, type CookieKeys, cookieValue } from '@weirlb/link'
import { networkKey } from '../persistence/network-key.ts'
import { storedKey } from '../persistence/session-key.ts'
import type { Published } from './host-table.ts'

/** The facts about a client, or about one of its messages, that may have its key. */
export interface KeySource {
  /** Key of the extension, as it is stored. */
  readonly session: string | undefined
  readonly client: ClientFacts
  /** Fields that the extension has published; undefined where there is no extension. */
  readonly published: Published | undefined
  /** Headers of the HTTP request, or of the one that opened the WebSocket. */
  readonly headers: Readonly<Record<string, string | undefined>> | undefined
}

/** The settings of one type of persistence, ready for use. */
export interface KeySettings {
  readonly persistence: Persistence
  readonly cookie: AffinityCookie
  readonly cookieKeys: CookieKeys
}

/** One type of persistence. */
export interface PersistenceKind {
  /** Returns the key of the entry that decides for a client, as it is stored; undefined: it has none. */
  key (source: KeySource, settings: KeySettings): string | undefined
  /** Returns why a client has no key, for people. */
  why (source: KeySource, settings: KeySettings): string
}

const fieldOf = (published: Published | undefined, name: string): string | undefined => {
  const fields = published?.fields
  if (fields === undefined) return undefined
  for (let i = 0; i < fields.length; i++) if (published!.declaration.fields[i]!.name === name) return fields[i]
  return undefined
}

const headerOf = (headers: KeySource['headers'], name: string): string | undefined =>
  headers !== undefined && Object.hasOwn(headers, name) ? String(headers[name]) : undefined

/** Every type of persistence. */
export const persistences = {
  'user-session': {
    key: ({ session }) => session,
    why: () => 'the extension named no session key'
  },
  'source-ip': {
    key: ({ client }, { persistence: { sourceIp } }) =>
      networkKey(client.address, sourceIp?.ipv4Prefix ?? 32, sourceIp?.ipv6Prefix ?? 128),
    why: () => 'the client has no IP address'
  },
  'ssl-session': {
    key: ({ client }) => client.tlsSession,
    why: ({ client: { tlsVersion } }) =>
      tlsVersion === undefined
        ? 'the client has no TLS here'
        : `the client speaks ${tlsVersion}, whose sessions have no lasting identity`
  },
  cookie: {
    key: ({ client, headers }, { cookie: { name }, cookieKeys }) =>
      cookieKeys.clientOf(client.http?.issued?.get(name) ?? cookieValue(headers?.['cookie'], name)),
    why: ({ headers }, { cookie: { name } }) => noCookie(headers, name)
  },
  rule: {
    key: ({ published, headers }, { persistence: { rule } }) => {
      if (rule!.field !== undefined) {
        const text = fieldOf(published, rule!.field)
        return text === undefined || text === '' ? undefined : storedKey(Buffer.from(text).toString('latin1'))
      }
      const value = headerOf(headers, rule!.header!)
      // It may be a secret, and entries are shown.
      return value === undefined || value === ''
        ? undefined
        : createHash('sha256').update(value, 'latin1').digest().toString('latin1')
    },
    why: (_source, { persistence: { rule } }) =>
      rule!.field === undefined
        ? `the client sent no header '${rule!.header!}'`
        : `the extension has published no field '${rule!.field}' yet`
  }
} as const satisfies Record<PersistenceType, PersistenceKind>

/** Returns why a client is not known by its cookie. */
export const noCookie = (headers: KeySource['headers'], name: string): string => {
  if (headers === undefined) return 'the client speaks no HTTP'
  return cookieValue(headers['cookie'], name) === undefined
    ? `the client sent no cookie '${name}'`
    : `cookie '${name}' was not set here, or names what is gone`
}
