import { expect, test } from 'vitest'
import { rawLinkOf } from '../layer/raw-link-of.ts'
import { latin1, until } from '../testing/recording-sink.ts'
import type { Pairs } from './pairs.ts'

/** What a link on a socket promises of bytes that a layer gives back. */
export const testGivenBack = (pairs: Pairs): void => {
  test('bytes that are given back, as a Buffer too, are in memory of their own when they come again', async () => {
    const { client, server } = await pairs.connect()
    const seen: Uint8Array[] = []
    server.onBytes = bytes => {
      seen.push(bytes)
      if (seen.length > 1) return
      const { buffer, byteOffset, length } = bytes
      rawLinkOf(server.link).unread(Buffer.from(buffer, byteOffset, length).subarray(4))
    }
    client.link.write(latin1('gonekept'))
    await until(() => seen.length > 1)
    expect(Buffer.from(seen[1]!).toString('latin1')).toBe('kept')
    expect(seen[1]!.buffer === seen[0]!.buffer).toBe(false)
  })
}
