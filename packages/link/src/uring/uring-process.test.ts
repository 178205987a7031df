import { execFile } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { until, untilStill } from '../testing/recording-sink.ts'
import { startEcho, talkingTo } from './test/echo.ts'
import { describeUring } from './test/fresh-loop.ts'

describeUring('a process', () => {
  test('that is killed with operations in flight frees its port and its peers', async () => {
    const { child, port } = await startEcho()
    const sockets = await Promise.all(Array.from({ length: 20 }, () => talkingTo(port)))
    let closed = 0
    for (const socket of sockets) socket.on('close', () => { closed++ })
    // Half of them have answers in flight that nobody reads.
    for (const [i, socket] of sockets.entries()) {
      if (i % 2 === 0) socket.resume()
      for (let n = 0; n < 50; n++) socket.write(Buffer.alloc(64 * 1024))
    }
    child.kill('SIGKILL')
    await once(child, 'exit')
    for (const socket of sockets) socket.resume()
    await until(() => closed === sockets.length)
    const again = await startEcho(port)
    expect(again.port).toBe(port)
    const socket = await talkingTo(port)
    socket.write('back')
    const [answer] = await once(socket, 'data') as [Buffer]
    expect(answer.toString()).toBe('back')
  })

  test('that is out of descriptors takes clients again when it has some, and asks for them seldom', async () => {
    const { port, ask } = await startEcho(0, 60)
    const heard = new Set<Socket>()
    const sockets = await Promise.all(Array.from({ length: 80 }, () => talkingTo(port)))
    for (const socket of sockets) {
      socket.on('data', () => { heard.add(socket) })
      socket.write('hello')
    }
    await until(() => heard.size > 10)
    const last = await untilStill(() => heard.size, 'all clients that find a descriptor')
    expect(heard.size).toBeLessThan(60)
    const before = await ask('turns') as number
    const begun = performance.now()
    while (await ask('turns') as number < before + 10);
    // Several rounds of backing off, of 0.1 s each. A busy loop takes ten turns in less than a millisecond.
    expect(performance.now() - begun).toBeGreaterThan(20)
    for (const socket of heard) socket.destroy()
    await until(() => heard.size >= last + 10)
  })

  test('that rests ends at SIGTERM', async () => {
    const { child } = await startEcho()
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    expect(await exited).toEqual([null, 'SIGTERM'])
  })

  test('ends by itself when nothing of the ring lives', async () => {
    const program = `
      import { availability } from ${JSON.stringify(new URL('./availability.ts', import.meta.url).href)}
      import { createUringTransport } from ${JSON.stringify(new URL('./uring-transport.ts', import.meta.url).href)}
      const listener = await createUringTransport(availability().loop).listen({ address: '127.0.0.1', port: 0, reusePort: false }, {})
      setTimeout(() => listener.close(), 10)`
    await expect(promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])).resolves.toMatchObject({
      stderr: ''
    })
  })
})
