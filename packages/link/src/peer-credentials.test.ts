import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { peerCredentials } from './peer-credentials.ts'

test('the kernel says who connected to a Unix socket, and nothing of TCP', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-peer-'))
  for (const [place, expected] of [[{ path: join(folder, 's') }, { pid: process.pid, uid: process.getuid!(), gid: process.getgid!() }], [{ host: '127.0.0.1', port: 0 }, undefined]] as const) {
    const server = createServer()
    server.listen(place)
    await once(server, 'listening')
    const address = server.address()
    const client = connect(
      typeof address === 'string' ? { path: address } : { port: (address as { port: number }).port, host: '127.0.0.1' }
    )
    const [socket] = await once(server, 'connection') as [Socket]
    const found = peerCredentials(socket)
    if (expected === undefined) expect(found?.pid ?? 0).toBe(0)
    else expect(found).toEqual(expected)
    const closed = once(socket, 'close')
    client.destroy()
    await closed
    expect(peerCredentials(socket)).toBeUndefined()
    server.close()
  }
  rmSync(folder, { recursive: true })
})
