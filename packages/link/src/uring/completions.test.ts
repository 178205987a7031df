import { once } from 'node:events'
import { expect, test } from 'vitest'
import { deafListener } from '../test/deaf-listener.ts'
import { dialled, latin1, listening, RecordingSink, until, untilStill } from '../testing/recording-sink.ts'
import type { Forged } from './test/echo-child.ts'
import { sayingAtItsEnd, startEcho, talkingTo } from './test/echo.ts'
import { describeUring, freshLoop } from './test/fresh-loop.ts'
import { createUringTransport } from './uring-transport.ts'

/** Over the send and receive buffers of a loopback connection together. */
const MORE_THAN_THE_KERNEL_TAKES = 32 * 1024 * 1024

describeUring('completions', () => {
  test('of nobody, or of an owner who is gone, end everything', () => {
    const { slots } = freshLoop({ buffers: 4 })
    expect(() => { slots.complete(5 << 4, 0, 0, 0) }).toThrow('for slot 5, generation 0, which is free')
    const heard: number[] = []
    const slot = slots.take({ onCompletion: kind => { heard.push(kind) }, onFault (error) { throw error } })
    slots.complete(slot << 4 | 3, slots.generation(slot), 0, 0)
    slots.release(slot)
    const again = slots.take({ onCompletion: () => { heard.push(-1) }, onFault (error) { throw error } })
    expect(again).toBe(slot)
    expect(() => { slots.complete(slot << 4, slots.generation(slot) - 1, 0, 0) }).toThrow('which is in generation 1')
    expect(heard).toEqual([3])
  })

  // The echo's listener has slot 0, its 32 accepts those behind, and its only link the next one. The kinds are those
  // of a link.
  const [LISTENER, ACCEPT, LINK] = [0, 7, 33]
  const [RECV, SEND, CANCEL, CLOSE] = [0, 1, 2, 3]
  test.each<[string, Partial<Forged>, string]>([
    ['of another generation', { slot: ACCEPT, generation: 99, result: -1 }, 'a completion (result -1) for slot 7, generation 99, which is in generation 0'],
    ['of an operation that accepts have not', { slot: ACCEPT, kind: 5, result: 77 }, "a completion (result 77) of an accept's operation 5"],
    ['of a cancellation that a listener did not ask for', { slot: LISTENER, kind: 1 }, "a completion (result 0) of a listener's operation 1"],
    ['of bytes in no buffer', { kind: RECV, result: 10, flags: 2 }, '10 bytes were received into no buffer'],
    [
      'of bytes in a buffer that is not with the kernel',
      { kind: RECV, result: 10, flags: 511 << 16 | 3 },
      'a completion names buffer 511, which the kernel does not have'
    ],
    ['of a send that is not in flight', { kind: SEND, result: 10 }, 'a send (result 10) is complete that nobody began'],
    ['of a cancellation that is not in flight', { kind: CANCEL }, 'a cancellation (result 0) is complete that nobody began'],
    ['of a close that is not in flight', { kind: CLOSE }, 'the close of a descriptor (result 0) is complete that nobody began'],
    ['of an operation that links have not', { kind: 9, result: 3 }, "a completion (result 3) of a link's operation 9"]
  ])('that cannot be, %s, end the process, which says so', async (_what, forged, says) => {
    const { child, port } = await startEcho()
    const socket = await talkingTo(port)
    socket.write('hello')
    await once(socket, 'data')
    expect(await sayingAtItsEnd(child, { slot: LINK, generation: 0, kind: 0, result: 0, flags: 0, ...forged }))
      .toContain(`io_uring is lost: ${says}`)
  })

  test('that say more was sent than was given end the process', async () => {
    const { child, port, ask } = await startEcho()
    const socket = await talkingTo(port)
    socket.write(Buffer.alloc(MORE_THAN_THE_KERNEL_TAKES))
    // Nobody reads here, so the echo comes to rest, with a send that waits; before that it waits for moments only.
    await untilStill(
      async () => await ask('stuck') === 0 ? undefined : await ask('turns') as number,
      'the echo to be stuck'
    )
    const said = await sayingAtItsEnd(child, {
      slot: LINK,
      generation: 0,
      kind: SEND,
      result: MORE_THAN_THE_KERNEL_TAKES,
      flags: 0
    })
    expect(said).toMatch(/io_uring is lost: 33554432 bytes of \d+ are said to be sent/)
  })

  test('of a dial that cannot be end everything', async () => {
    const loop = freshLoop()
    const dial = createUringTransport(loop).dial({
      address: '127.0.0.1',
      port: await deafListener(),
      timeoutMs: 10_000
    }, { onConnected () {}, onFailed () {} })
    await until(() => loop.turns > 1, 'the dial to have a socket')
    for (const kind of [0, 2, 3, 9]) {
      expect(() => {
        loop.onCompletion(kind, 0, 5, 0)
      }).toThrow(`io_uring is lost: a completion (result 5) of a dial's operation ${kind}, which is not in flight`)
    }
    dial.cancel()
    await until(() => loop.users === 0)
    expect(loop.slots.used).toBe(0)
    expect(() => { loop.slots.release(0) }).toThrow('io_uring is lost: slot 0 is given back twice')
  })

  test('more of them than the ring holds are all told', async () => {
    const loop = freshLoop({ submissions: 8, completions: 16, buffers: 64, shortBytes: 128, longBytes: 512 })
    const transport = createUringTransport(loop)
    const { listener, links } = await listening(transport)
    const clients = await Promise.all(
      Array.from({ length: 100 }, async () =>
        new RecordingSink((await dialled(transport, { port: listener.port })).link!))
    )
    await until(() => links.length === 100)
    for (const { link } of links) link.write(latin1('to all of you at once'))
    await until(() => clients.every(client => client.text === 'to all of you at once'))
    for (const { link } of clients) link.abort()
    listener.close()
    await until(() => loop.users === 0)
    expect(loop.slots.used).toBe(0)
  })
})
