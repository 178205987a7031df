import { WeirError } from '@weirlb/model'
import type { RedisPlace } from './redis-url.ts'

/** The oldest version that has all commands. */
const LEAST = [6, 2] as const

/** What a server says of itself, by name. */
export const infoOf = (text: unknown): ReadonlyMap<string, string> =>
  new Map(String(text).split('\r\n').map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]))

/** Throws store-version. */
export const checkVersion = (info: ReadonlyMap<string, string>): void => {
  // Valkey names the version of Redis that it is compatible with, too.
  const version = info.get('redis_version') ?? ''
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1])) return
  throw new WeirError(
    'store-version',
    `the store is Redis ${version || 'of an unknown version'}; ${LEAST.join('.')} or later is needed, or Valkey`
  )
}

/** Throws store-kind if a server is of another kind than its address. */
export const checkKind = (info: ReadonlyMap<string, string>, { form }: RedisPlace): void => {
  const isCluster = info.get('cluster_enabled') === '1'
  const isSentinel = info.get('redis_mode') === 'sentinel'
  if (isCluster && form !== 'cluster')
    throw new WeirError(
      'store-kind',
      `the server is a node of a Cluster, and the address is that of ${
        form === 'single' ? 'a single server' : 'Sentinels'
      }: give redis+cluster://HOST[:PORT] in place of ${form === 'single' ? 'redis://' : 'redis+sentinel://'}`
    )
  if (!isCluster && form === 'cluster')
    throw new WeirError(
      'store-kind',
      'the server is no node of a Cluster: give redis://HOST[:PORT] in place of redis+cluster://'
    )
  if (isSentinel)
    throw new WeirError(
      'store-kind',
      'the server is a Sentinel: give redis+sentinel://HOST[:PORT]/MASTER in place of redis://'
    )
}

/** Throws store-evicts. */
export const checkPolicy = (info: ReadonlyMap<string, string>): void => {
  const policy = info.get('maxmemory_policy') ?? 'noeviction'
  if (policy !== 'noeviction') throw new WeirError('store-evicts', `the store drops keys when its memory is full: maxmemory-policy is '${policy}'; set maxmemory-policy to noeviction`)
}

/** Returns the part of its memory limit that the fullest of some servers uses, by their `INFO memory`. */
export const memoryUsedOf = (texts: readonly unknown[]): number | undefined => {
  const parts = texts.map(infoOf).flatMap(info => {
    const limit = Number(info.get('maxmemory'))
    return limit > 0 ? [Number(info.get('used_memory')) / limit] : []
  })
  return parts.length === 0 ? undefined : Math.max(...parts)
}
