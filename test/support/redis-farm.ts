import { createClient } from '@redis/client'
import { WAIT_MS } from '@weirlb/testing'
import { atEnd } from './engine-bench.ts'
import { startExtensionFarm, type ExtensionFarm, type ExtensionFarmOptions } from './extension-farm.ts'
import { Redis } from './redis.ts'

/** Weir in front of real Redis servers; all end with the test. */
export interface RedisFarm extends ExtensionFarm { readonly redis: readonly Redis[] }

export const startRedisFarm = async (program: string, options: { readonly servers?: number } & Pick<ExtensionFarmOptions, 'workers' | 'params' | 'limits' | 'serverLinks' | 'trusted' | 'transport'> = {}): Promise<RedisFarm> => {
  const { servers = 3, ...rest } = options
  const redis = await Promise.all(Array.from({ length: servers }, async () => await Redis.start(program)))
  atEnd(async () => {
    await Promise.all(redis.map(async server => {
      await server.kill()
    }))
  })
  return {
    ...await startExtensionFarm({ builtin: 'redis', servers: redis.map(server => server.port), ...rest }),
    redis
  }
}

/** A node-redis client that ends with the test. */
export const connectRedis = async (
  port: number,
  RESP: 2 | 3 = 2,
  options: Partial<NonNullable<Parameters<typeof createClient>[0]>> = {}
) => {
  // Its own limit, five seconds until a command is written, is about the machine.
  const client = createClient({
    commandOptions: { timeout: WAIT_MS },
    ...options,
    RESP,
    socket: { host: '127.0.0.1', port, reconnectStrategy: false }
  })
  client.on('error', () => {})
  await client.connect()
  atEnd(() => { client.destroy() })
  return client
}
