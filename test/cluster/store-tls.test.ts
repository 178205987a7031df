// TLS to the store: authorities, a certificate of the node, and what is said of those that do not fit.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RedisStore, type RedisSecrets } from '@weirlb/cluster'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { Authority } from '../support/pki.ts'
import { Redis } from '../support/redis.ts'
import { findService } from '../support/services.ts'
import { Heard } from './shared-store-suite.ts'

const program = findService('redis')
describe.skipIf(program === undefined)('with redis-server over TLS', () => {
  let redis: Redis
  let directory: string
  let port: number
  let authority: Authority
  let other: Authority
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'weir-store-tls-'))
    ;[authority, other] = [await Authority.root('Of the store'), await Authority.root('Of another')]
    const server = await authority.issue({ names: [{ type: 'ip', value: '127.0.0.1' }] })
    const file = async (name: string, text: string): Promise<string> => {
      await writeFile(join(directory, name), text)
      return join(directory, name)
    }
    port = await freePort()
    redis = await Redis.start(program!, ['--tls-port', String(port), '--tls-cert-file', await file('cert.pem', server.cert), '--tls-key-file', await file('key.pem', server.key), '--tls-ca-cert-file', await file('ca.pem', authority.cert)])
  })
  afterAll(async () => {
    await redis.kill()
    await rm(directory, { recursive: true })
  })
  const opened = async (url: string, secrets: RedisSecrets): Promise<string> => {
    const store = new RedisStore(url, secrets)
    return await store.open('n', new Heard()).then(async () => {
      const [reply] = await store.sessions([{
        what: 'claim',
        table: 'lb',
        key: 'k',
        service: 'a',
        unavailable: [],
        ttlMs: 1
      }])
      await store.close()
      return reply!.service
    }, (error: unknown) => `${(error as { code: string }).code} ${(error as Error).message}`)
  }

  test('a node with the right authorities and a certificate is taken', async () => {
    const { cert, key } = await authority.issue({ names: [{ type: 'dns', value: 'node-a' }] })
    expect(await opened(`rediss://127.0.0.1:${port}`, { ca: authority.cert, cert, key })).toBe('a')
  })

  test('what does not fit is named, with the remedy', async () => {
    const { cert, key } = await authority.issue({ names: [{ type: 'dns', value: 'node-a' }] })
    expect(await opened(`rediss://127.0.0.1:${port}`, { ca: other.cert, cert, key })).toMatch(
      /^store-tls rediss:\/\/127\.0\.0\.1:\d+: the certificate of the store is not accepted: .*certificate.*--cluster-ca FILE/
    )
    expect(await opened(`rediss://127.0.0.1:${port}`, { cert, key })).toMatch(
      /^store-tls .*the certificate of the store is not accepted/
    )
    expect(await opened(`rediss://localhost:${port}`, { ca: authority.cert, cert, key })).toMatch(
      /^store-tls .*the certificate of the store is not accepted: .*localhost/
    )
    expect(await opened(`rediss://127.0.0.1:${port}`, { ca: authority.cert })).toMatch(
      /^store-tls .*the store does not accept this node: tlsv13 alert certificate required; --cluster-cert FILE/
    )
    const stranger = await other.issue({ names: [{ type: 'dns', value: 'node-a' }] })
    expect(await opened(`rediss://127.0.0.1:${port}`, { ca: authority.cert, cert: stranger.cert, key: stranger.key }))
      .toMatch(/^store-tls .*the store does not accept this node/)
    expect(await opened(`redis://127.0.0.1:${port}`, {})).toMatch(
      /^store-unreachable .*if it speaks TLS at this port, give rediss:\/\/ in place of redis:\/\//
    )
  })
})
