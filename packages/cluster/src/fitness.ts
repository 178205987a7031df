import { formatDiffers, SHARED_FORMAT } from '@weirlb/core'
import { WeirError, type ErrorCode } from '@weirlb/model'
import type { RedisLink } from './redis-link.ts'
import type { RedisPlace } from './redis-url.ts'
import { permissionScript } from './scripts.ts'
import { checkKind, checkPolicy, checkVersion, infoOf } from './server-info.ts'

/** What the keys under a prefix are. */
const FORMAT = `weir shared store ${SHARED_FORMAT}`
/** Keys that are looked at for another program's before the first node joins. */
const LOOKED_AT = 100_000
const SCAN_PART = 1000

/**
 * Check that a store is fit: the permissions of its user, its version, its kind, its eviction policy, and whose keys
 * are under the prefix. Rejects with a code that has the remedy.
 */
export const checkFitness = async (link: RedisLink, place: RedisPlace, channel: string): Promise<void> => {
  for (const text of await link.sendAll(['INFO']).catch(nothingIfDenied)) {
    const info = infoOf(text)
    checkVersion(info)
    checkKind(info, place)
    checkPolicy(info)
  }
  await checkPermissions(link, place, channel)
  await checkKeys(link, place)
}

// Then it is among the permissions that are missing.
const nothingIfDenied = (error: unknown): readonly unknown[] => {
  if (isDenied(error)) return []
  throw error
}

const checkPermissions = async (link: RedisLink, { prefix, form }: RedisPlace, channel: string): Promise<void> => {
  const denied: string[] = []
  const key = `${prefix}{meta}probe`
  for (const args of [['INFO', 'server'], ['EVALSHA', '0'.repeat(40), '1', key], ['SCAN', '0', 'COUNT', '1']]) {
    await link.send(args[0] === 'EVALSHA' ? key : undefined, args).catch((error: unknown) => {
      if (isDenied(error)) denied.push(args[0]!)
      else if (!(error as Error).message.startsWith('NOSCRIPT')) throw error
    })
  }
  try {
    const inside = await link.send(key, ['EVAL', permissionScript, '1', key, channel]) as string[]
    for (const text of inside) denied.push(text.slice(0, text.indexOf(' ')))
  } catch (error) {
    if (!isDenied(error)) throw error
    denied.push('EVAL')
  }
  if (denied.length > 0) throw lacksPermission([...new Set(denied)], prefix, form)
}

const isDenied = (error: unknown): boolean => (error as Error).message.startsWith('NOPERM')

const lacksPermission = (commands: readonly string[], prefix: string, form: RedisPlace['form']): WeirError =>
  new WeirError(
    'store-permission',
    `the user of the store may not run ${
      commands.join(', ')
    }, or not on the keys ${prefix}* and the channel ${prefix}news; set: ACL SETUSER … ~${prefix}* &${prefix}news +eval +evalsha +get +set +del +pttl +incr +hget +hset +hdel +hgetall +publish +subscribe +unsubscribe +time +scan +info +ping${
      form === 'cluster' ? ' +cluster|slots +asking' : ''
    }`
  )

const checkKeys = async (link: RedisLink, { prefix }: RedisPlace): Promise<void> => {
  const key = `${prefix}{meta}format`
  const found = await link.send(key, ['GET', key])
  if (found === FORMAT) return
  const format = /^weir shared store (\d+)$/.exec(String(found))?.[1]
  if (format !== undefined) throw formatDiffers(Number(format), SHARED_FORMAT)
  if (found !== null)
    throw new WeirError(
      'store-foreign',
      `the key ${key} is not what Weir writes there: another program has it. Give another prefix: ?prefix=TEXT`
    )
  for (let master = 0; master < link.masters(); master++) {
    let cursor = '0'
    let looked = 0
    do {
      const [next, keys] = await link.sendTo(master, ['SCAN', cursor, 'MATCH', `${prefix}*`, 'COUNT', String(SCAN_PART)]) as [string, string[]]
      const foreign = keys.find(each => !isOurs(each, prefix))
      if (foreign !== undefined)
        throw new WeirError(
          'store-foreign',
          `another program has keys under the prefix '${prefix}', as '${foreign}': give another prefix: ?prefix=TEXT`
        )
      cursor = next
      looked += SCAN_PART
    } while (cursor !== '0' && looked < LOOKED_AT)
  }
  await link.send(key, ['SET', key, FORMAT])
}

/** A store that has lost the note alone keeps what is ours. */
const isOurs = (key: string, prefix: string): boolean =>
  /^\{(meta\}(r:|version$|format$|probe$)|\d+\}(s:|probe$))/.test(key.slice(prefix.length))

const refusals: readonly { readonly starts: RegExp, readonly code: ErrorCode, readonly why: string }[] = [
  {
    starts: /^(WRONGPASS|NOAUTH|ERR (AUTH|invalid password|Client sent AUTH))/,
    code: 'store-password',
    why: 'the store refuses the user or the password'
  },
  { starts: /^NOPERM/, code: 'store-permission', why: 'the user of the store may not do what is needed' },
  {
    starts: /^(MOVED|CROSSSLOT)/,
    code: 'store-kind',
    why: 'the server is a node of a Cluster: give redis+cluster://HOST[:PORT]'
  }
]

/** Returns what went wrong with a store, as an error with a code. */
export const storeError = (error: unknown, place: string): WeirError => {
  if (error instanceof WeirError) return new WeirError(error.code, `${place}: ${error.message}`, { cause: error })
  const message = messageOf(error)
  const tls = tlsFault(error, message)
  if (tls !== undefined) return new WeirError('store-tls', `${place}: ${tls}`, { cause: error })
  const known = refusals.find(({ starts }) => starts.test(message))
  return known === undefined
    ? new WeirError(
      'store-unreachable',
      `${place}: the store cannot be reached: ${message}${schemeHint(place, message)}`,
      { cause: error, retry: true }
    )
    : new WeirError(known.code, `${place}: ${known.why} (${message})`, { cause: error })
}

/** A server that speaks TLS closes plain connections; one that does not waits for the end of a line. */
const schemeHint = (place: string, message: string): string => {
  if (!/Socket closed|Connection timeout|ECONNRESET/.test(message)) return ''
  return place.startsWith('rediss')
    ? '; if it speaks no TLS at this port, give redis:// in place of rediss://'
    : '; if it speaks TLS at this port, give rediss:// in place of redis://'
}

/** Codes of OpenSSL and Node for a certificate that does not verify. */
const unverified = /^(CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|INVALID_CA|ERR_TLS_CERT_ALTNAME|HOSTNAME_MISMATCH)/
/** What a server sends that does not like the certificate of its client, or misses it. */
const unwelcome = /alert (certificate required|unknown ca|bad certificate|unsupported certificate|certificate (revoked|expired|unknown)|handshake failure)/

/** Returns what is wrong with TLS; undefined: nothing that can be named. */
const tlsFault = (error: unknown, message: string): string | undefined => {
  const { code = '', reason = message } = (error ?? {}) as { readonly code?: string, readonly reason?: string }
  if (unverified.test(code)) return `the certificate of the store is not accepted: ${message}; --cluster-ca FILE has its authorities, and it has to be for the name or address that is given`
  if (unwelcome.test(message)) return `the store does not accept this node: ${reason}; --cluster-cert FILE has the certificate and key that it asks for`
  return undefined
}

const messageOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0])
  return (error as Error | undefined)?.message || String(error)
}
