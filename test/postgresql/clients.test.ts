// Clients of others in front of PostgreSQL 15: psql, node-postgres and pgbench, with TLS and without.
import { join } from 'node:path'
import { connect } from 'node:tls'
import { Client } from 'pg'
import { until } from '@weirlb/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { describeWithPostgresql } from '../support/describe-with.ts'
import { atEnd, TestClient } from '../support/engine-bench.ts'
import { Authority, type IssuedCertificate } from '../support/pki.ts'
import { Postgres } from '../support/postgres.ts'
import { Farm, filesWith, psql, run } from './farm.ts'

const keys = ({ serial: _, ...pair }: IssuedCertificate) => pair
const PORT = "select current_setting('port')"

describeWithPostgresql('PostgreSQL 15', bin => {
  let servers: readonly Postgres[]
  let secure: Postgres
  let root: Authority
  let server: IssuedCertificate
  let alice: IssuedCertificate
  let certkeys: Parameters<typeof Farm.start>[0]['certkeys']
  beforeAll(async () => {
    root = await Authority.root()
    server = await root.issue({ names: [{ type: 'dns', value: 'db.test' }, { type: 'ip', value: '127.0.0.1' }] })
    servers = await Promise.all([Postgres.start(bin), Postgres.start(bin)])
    secure = await Postgres.start(bin, { tls: server })
    alice = await root.issue({ subject: 'CN=alice' })
    certkeys = [{ name: 'server', ...keys(server) }, { name: 'clients', ca: root.cert }]
    return async () => { await Promise.all([...servers, secure].map(async each => { await each.kill() })) }
  })

  const files = async (): Promise<string> =>
    await filesWith({ 'root.crt': root.cert, 'alice.crt': alice.cert, 'alice.key': alice.key })

  /** node-postgres, which ends with the test. */
  const connected = async (port: number, ssl: boolean): Promise<Client> => {
    const client = new Client({
      host: '127.0.0.1',
      port,
      user: 'alice',
      database: 'shop',
      ssl: ssl && { ca: root.cert }
    })
    client.on('error', () => {})
    await client.connect()
    atEnd(async () => { await client.end() })
    return client
  }

  describe.each(['node', 'auto'])('on transport %s', transport => {
    let farm: Farm
    beforeAll(async () => {
      farm = await Farm.start({ ports: servers.map(({ port }) => port), transport, certkeys, secure: secure.port })
      return async () => { await farm.stop() }
    })

    test.each(['trusted', 'sandboxed'])('psql is served with TLS and without (%s)', async protocol => {
      const { port } = await farm.vserver({ protocol, certificates: ['server'] })
      const folder = await files()
      expect(await psql(bin, port, 'sslmode=disable')).toEqual({ status: 0, out: '1', err: '' })
      // The server has no TLS of its own.
      expect(await psql(bin, port, 'sslmode=require', 'select ssl from pg_stat_ssl where pid = pg_backend_pid()'))
        .toEqual({ status: 0, out: 'f', err: '' })
      const verified = `sslmode=verify-full sslrootcert=${folder}/root.crt`
      expect(await psql(bin, port, verified, '\\conninfo')).toMatchObject({
        status: 0,
        out: expect.stringContaining('SSL connection (protocol: TLSv1.3') as string
      })
      expect(await psql(bin, port, `${verified} host=other.test hostaddr=127.0.0.1`)).toMatchObject({
        status: 2,
        err: expect.stringContaining('does not match host name') as string
      })
    })

    test.each([true, false])('a cancel request reaches the server of its query, on any worker (TLS: %s)', async ssl => {
      const { port, closed } = await farm.vserver({ certificates: ['server'] })
      const clients = await Promise.all(Array.from({ length: 4 }, async () => await connected(port, ssl)))
      const where = await Promise.all(
        clients.map(async client => (await client.query<{ port: string }>(`${PORT} as port`)).rows[0]!.port)
      )
      expect(new Set(where).size).toBe(2)
      for (const client of clients) {
        let end: string | undefined
        client.query('select pg_sleep(600)').then(() => { end = 'slept' }, (error: Error) => { end = error.message })
        const { processID, secretKey } = client as unknown as { readonly processID: number, readonly secretKey: number }
        const request = Buffer.alloc(16)
        for (const [n, word] of [16, 80877102, processID, secretKey].entries()) request.writeInt32BE(word, 4 * n)
        // One that comes before the server has begun with the query cancels nothing.
        while (end === undefined) {
          const canceller = new TestClient(port)
          canceller.socket.write(request)
          await canceller.closes()
        }
        expect(end).toBe('canceling statement due to user request')
      }
      // A server closes without an answer, which is no failure that another server could mend.
      await until(async () => (await closed())['server-closed']! >= 4, 'the ends to be counted')
      expect(Object.keys(await closed())).toEqual(['server-closed'])
    })

    test.each(['trusted', 'sandboxed'])('a server that wants TLS gets it, verified (%s)', async protocol => {
      const { port } = await farm.vserver({ protocol, defaultLb: 'secure', certificates: ['server'] })
      const own = 'select ssl, version from pg_stat_ssl where pid = pg_backend_pid()'
      for (const sslmode of ['disable', 'require'])
        expect(await psql(bin, port, `sslmode=${sslmode}`, own)).toEqual({ status: 0, out: 't|TLSv1.3', err: '' })
      // What is too large for one read, in both directions.
      expect(
        await psql(
          bin,
          port,
          'sslmode=disable',
          `select length('${'x'.repeat(100_000)}'), length(repeat('y', 3000000)), repeat('z', 10)`
        )
      ).toEqual({ status: 0, out: '100000|3000000|zzzzzzzzzz', err: '' })
    })

    test('node-postgres and pgbench work through TLS', async () => {
      const { port } = await farm.vserver({ certificates: ['server'], params: { session: 'user' } })
      const client = await connected(port, true)
      expect((await client.query<{ sum: string }>('select sum(n) from generate_series(1, $1) n', [100])).rows).toEqual([
        { sum: '5050' }
      ])
      const env = { PGSSLMODE: 'require', PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: 'postgres' }
      expect(await run(join(bin, 'pgbench'), ['-i', '-s', '1', '-q', 'shop'], env)).toMatchObject({ status: 0 })
      const { status, out } = await run(join(bin, 'pgbench'), ['-S', '-c', '4', '-t', '25', '-C', 'shop'], env)
      expect({ status, out }).toMatchObject({
        status: 0,
        out: expect.stringContaining('number of transactions actually processed: 100/100') as string
      })
    })
  })

  describe('a client', () => {
    let farm: Farm
    beforeAll(async () => {
      farm = await Farm.start({
        ports: servers.map(({ port }) => port),
        transport: 'node',
        certkeys,
        secure: secure.port
      })
      return async () => {
        await farm.stop()
      }
    })

    test('is told that there is no TLS where there is no certificate', async () => {
      const { port } = await farm.vserver()
      expect(await psql(bin, port, 'sslmode=prefer')).toMatchObject({ status: 0, out: '1' })
      expect(await psql(bin, port, 'sslmode=require')).toMatchObject({
        status: 2,
        err: expect.stringContaining('server does not support SSL, but SSL was required') as string
      })
    })

    test('needs TLS, and a certificate that names its user, where that is wanted', async () => {
      const { port } = await farm.vserver({
        certificates: ['server'],
        tls: { clientCertificate: 'optional', clientCa: ['clients'] },
        params: { tls: 'required', identity: 'common-name' }
      })
      const folder = await files()
      const own = `sslmode=require sslcert=${folder}/alice.crt sslkey=${folder}/alice.key`
      expect(await psql(bin, port, own)).toMatchObject({ status: 0, out: '1' })
      expect(await psql(bin, port, `${own} user=bob`)).toMatchObject({
        status: 2,
        err: expect.stringContaining('FATAL:  certificate authentication failed for user "bob"') as string
      })
      expect(await psql(bin, port, 'sslmode=require sslcert=none')).toMatchObject({
        status: 2,
        err: expect.stringContaining('certificate authentication failed for user "alice"') as string
      })
      expect(await psql(bin, port, 'sslmode=disable')).toMatchObject({
        status: 2,
        err: expect.stringContaining('connections of user "alice" need TLS') as string
      })
    })

    test('sends its password through TLS to the server (SCRAM)', async () => {
      const { port } = await farm.vserver({ certificates: ['server'] })
      expect(await psql(bin, port, 'sslmode=require user=scram password=pw')).toMatchObject({ status: 0, out: '1' })
      expect(await psql(bin, port, 'sslmode=require user=scram password=wrong')).toMatchObject({
        status: 2,
        err: expect.stringContaining('password authentication failed for user "scram"') as string
      })
    })

    test('gets the server of its database', async () => {
      const { port } = await farm.vserver({ defaultLb: 'by-token', params: { token: 'database' } })
      const of = async (database: string): Promise<string> => (await psql(bin, port, `dbname=${database}`, PORT)).out
      const found = await Promise.all(['shop', 'shop', 'postgres', 'template1'].map(of))
      expect(found[0]).toBe(found[1])
      expect(new Set(found).size).toBe(2)
    })

    test('with a cancel request for nobody reaches no server', async () => {
      const { port, closed } = await farm.vserver()
      const canceller = new TestClient(port)
      canceller.socket.write(Buffer.from('0000001004d2162e0000000100000002', 'hex'))
      await canceller.closes()
      expect(canceller.text).toBe('')
      await until(async () => (await closed())['session-unknown'] === 1, 'the end to be counted')
    })

    test('that presses Ctrl-C in psql cancels its query', async () => {
      const { port } = await farm.vserver({ certificates: ['server'] })
      const { err } = await run('timeout', ['--signal=INT', '--kill-after=30', '2', join(bin, 'psql'), `host=127.0.0.1 port=${port} user=alice dbname=shop sslmode=require`, '-XAtqc', 'select pg_sleep(600)'])
      expect(err).toContain('canceling statement due to user request')
    })

    test('is told why there is no server', async () => {
      const { port } = await farm.vserver({ defaultLb: 'gone' })
      expect(await psql(bin, port, 'sslmode=disable')).toMatchObject({
        status: 2,
        err: expect.stringContaining('FATAL:  the server could not be reached') as string
      })
    })

    test.each([['other-name', "Host: other.test. is not in the cert's altnames"], ['plain', 'the server does not start TLS: it answered "N"']])('is told when TLS with its server fails (%s)', async (defaultLb, why) => {
      const { port } = await farm.vserver({ defaultLb })
      expect(await psql(bin, port, 'sslmode=disable')).toMatchObject({
        status: 2,
        err: expect.stringContaining('FATAL:  the server could not be reached') as string
      })
      await until(
        () => farm.log.some(({ msg, detail }) => msg === 'dial failed' && String(detail).includes(why)),
        'the reason in the log'
      )
    })

    test('may begin with TLS, beside those that ask for it', async () => {
      const { port } = await farm.vserver({
        protocols: ['direct'],
        certificates: ['server'],
        tls: { alpn: ['postgresql'] }
      })
      expect(await psql(bin, port, 'sslmode=require')).toMatchObject({ status: 0, out: '1' })
      expect(await psql(bin, port, 'sslmode=disable')).toMatchObject({ status: 0, out: '1' })
      // Only libpq 17 and later begin so; the start-up is psql's.
      const socket = connect({
        host: '127.0.0.1',
        port,
        ca: root.cert,
        servername: 'db.test',
        ALPNProtocols: ['postgresql']
      })
      atEnd(() => {
        socket.destroy()
      })
      let got = Buffer.alloc(0)
      socket.on('data', (bytes: Buffer) => { got = Buffer.concat([got, bytes]) })
      socket.write(Buffer.from('\0\0\0\x22\0\x03\0\0user\0alice\0database\0shop\0\0', 'latin1'))
      await until(() => got.includes(Buffer.from('Z\0\0\0\x05I', 'latin1')), 'the server to be ready')
      expect(socket.alpnProtocol).toBe('postgresql')
    })
  })
})
