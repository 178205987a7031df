import type { KeyedCommands } from '@weirlb/sdk'
import {
  copied,
  counted,
  keyAndBehind,
  keyAt,
  keyOf,
  keysBefore,
  keysFrom,
  sorted,
  streams,
  twoKeys,
  type KeyRule
} from './keys.ts'

/** Commands whose only key is their first argument. */
const WITH_ONE_KEY = `
    GET SET SETNX SETEX PSETEX GETSET GETDEL GETEX APPEND STRLEN INCR DECR INCRBY DECRBY INCRBYFLOAT GETRANGE SETRANGE SUBSTR DELEX DIGEST
    GETBIT SETBIT BITCOUNT BITPOS BITFIELD BITFIELD_RO
    TTL PTTL EXPIRE PEXPIRE EXPIREAT PEXPIREAT EXPIRETIME PEXPIRETIME PERSIST TYPE DUMP RESTORE
    LPUSH RPUSH LPUSHX RPUSHX LPOP RPOP LLEN LRANGE LINDEX LSET LREM LTRIM LINSERT LPOS
    HSET HSETNX HMSET HGET HMGET HGETALL HDEL HEXISTS HLEN HKEYS HVALS HINCRBY HINCRBYFLOAT HSTRLEN HRANDFIELD HSCAN
    HEXPIRE HPEXPIRE HEXPIREAT HPEXPIREAT HTTL HPTTL HEXPIRETIME HPEXPIRETIME HPERSIST HGETEX HSETEX HGETDEL
    SADD SREM SISMEMBER SMISMEMBER SMEMBERS SCARD SPOP SRANDMEMBER SSCAN
    ZADD ZINCRBY ZREM ZSCORE ZMSCORE ZCARD ZCOUNT ZLEXCOUNT ZRANGE ZREVRANGE ZRANGEBYSCORE ZREVRANGEBYSCORE ZRANGEBYLEX ZREVRANGEBYLEX
    ZRANK ZREVRANK ZREMRANGEBYRANK ZREMRANGEBYSCORE ZREMRANGEBYLEX ZPOPMIN ZPOPMAX ZRANDMEMBER ZSCAN
    PFADD GEOADD GEODIST GEOHASH GEOPOS GEOSEARCH GEORADIUS_RO GEORADIUSBYMEMBER_RO
    XADD XLEN XRANGE XREVRANGE XDEL XDELEX XTRIM XACK XACKDEL XCLAIM XAUTOCLAIM XPENDING XSETID`

/** Commands whose arguments are keys, and those whose arguments are keys and values in turn. */
const OF_KEYS = 'DEL UNLINK EXISTS TOUCH MGET SINTER SUNION SDIFF SINTERSTORE SUNIONSTORE SDIFFSTORE PFCOUNT PFMERGE'
const OF_PAIRS = 'MSET MSETNX'

/** Commands by where their keys are. */
const keyed: readonly (readonly [KeyRule, string])[] = [
  [keyAt(1), WITH_ONE_KEY],
  [keysFrom(1), OF_KEYS],
  [keysFrom(1, 2), OF_PAIRS],
  [keysFrom(2), 'BITOP'],
  [twoKeys, 'RENAME RENAMENX SMOVE LMOVE RPOPLPUSH LCS ZRANGESTORE GEOSEARCHSTORE'],
  [copied, 'COPY'],
  [counted(1), 'SINTERCARD ZINTER ZUNION ZDIFF ZINTERCARD LMPOP ZMPOP'],
  [counted(2), 'EVAL EVAL_RO EVALSHA EVALSHA_RO FCALL FCALL_RO'],
  [counted(2, 1), 'ZINTERSTORE ZUNIONSTORE ZDIFFSTORE'],
  [keyOf('ENCODING', 'FREQ', 'IDLETIME', 'REFCOUNT'), 'OBJECT'],
  [keyOf('STREAM', 'GROUPS', 'CONSUMERS'), 'XINFO'],
  [keyOf('CREATE', 'CREATECONSUMER', 'DELCONSUMER', 'DESTROY', 'SETID'), 'XGROUP'],
  [keyOf('USAGE'), 'MEMORY'],
  [keyAndBehind(6, 'STORE', 'STOREDIST'), 'GEORADIUS'],
  [keyAndBehind(5, 'STORE', 'STOREDIST'), 'GEORADIUSBYMEMBER'],
  [sorted, 'SORT SORT_RO'],
  [streams, 'XREAD XREADGROUP']
]

/** Commands that wait at the server for data, by where their keys are. Replies behind them wait, as with Redis. */
const blocking: readonly (readonly [KeyRule, string])[] = [
  [keysBefore(1), 'BLPOP BRPOP BZPOPMIN BZPOPMAX'],
  [twoKeys, 'BLMOVE BRPOPLPUSH'],
  [counted(2), 'BLMPOP BZMPOP']
]

/** Commands that are refused, by why; never sent on as unknown. */
const refused: readonly (readonly [why: string, names: string])[] = [
  ['there is database 0 only', 'MOVE SWAPDB'],
  ['every server has messages of its own', 'MONITOR'],
  ['it waits for the replicas of one server, and for what this client has sent there, perhaps through a link that is closed', 'WAIT WAITAOF'],
  ['it concerns one server: ask that one', `
    ACL BGREWRITEAOF BGSAVE SAVE LASTSAVE CONFIG DEBUG SHUTDOWN SLOWLOG LATENCY MODULE REPLICAOF SLAVEOF SYNC PSYNC REPLCONF ROLE FAILOVER MIGRATE
    SCRIPT FUNCTION RESTORE-ASKING PFDEBUG PFSELFTEST RESET HOTKEYS`]
]

const namesIn = (names: string): string[] => names.trim().split(/\s+/)

const byName = <T>(table: readonly (readonly [T, string])[]): ReadonlyMap<string, T> =>
  new Map(table.flatMap(([of, names]) => namesIn(names).map(name => [name, of] as const)))

/** Commands that Weir forwards by itself, and where their key is: those that have one key. */
export const withOneKey: readonly KeyedCommands[] = [
  { names: namesIn(WITH_ONE_KEY), key: { element: 1 } },
  { names: namesIn(OF_KEYS), key: { element: 1 }, elements: 2 },
  { names: namesIn(OF_PAIRS), key: { element: 1 }, elements: 3 }
]

/** Where the keys of a command are. */
export const keyRules = byName([...keyed, ...blocking])

/** The same, of commands that wait at their server. */
export const blockingRules = byName(blocking)

/** Why a command is refused. */
export const refusals = byName(refused)

/** Commands without a key that every server answers alike. */
export const anywhere: ReadonlySet<string> = new Set(['COMMAND', 'TIME', 'LOLWUT'])

/** Commands of Redis Cluster: Weir answers as a server that is none. */
export const ofClusters: ReadonlySet<string> = new Set(['CLUSTER', 'READONLY', 'READWRITE', 'ASKING'])
