import { spawn } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import { onTestFinished } from 'vitest'

/**
 * A port of 127.0.0.1 on which nobody is answered: its process accepts nobody, and with its queue full the kernel
 * drops further handshakes.
 */
export const deafListener = async (): Promise<number> => {
  const program = `const net = require('node:net')
    const server = net.createServer().listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
      process.stdout.write(server.address().port + '\\n', () => { for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0) })
    })`
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => { child.kill('SIGKILL') })
  const [line] = await once(child.stdout, 'data') as [Buffer]
  const port = Number(line.toString())
  const answered = (): Promise<boolean> => new Promise(resolve => {
    const socket = net.connect({ port, host: '127.0.0.1' }, () => { resolve(true) }).on('error', () => {})
    setTimeout(() => { resolve(false) }, 200)
    onTestFinished(() => { socket.destroy() })
  })
  for (let i = 0; i < 20; i++) if (!await answered()) return port
  throw new Error('a queue for one took twenty')
}
