import { spawn } from 'node:child_process'
import { loadLibc } from './uring/abi/libc.ts'

const AF_UNIX = 1
const SOCK_DGRAM = 2
const SOCK_CLOEXEC = 0o2000000

/**
 * Tell the service manager about this process (sd_notify(3)): `READY=1`, `STOPPING=1`. `socket` is NOTIFY_SOCKET, a
 * path, or a name in the abstract namespace that begins with `@`. Node has no datagrams over Unix sockets. The C
 * library sends them from this process, which the manager expects; without koffi, systemd-notify(1) does, if the unit
 * allows that (`NotifyAccess=all`). Resolves with the reason if neither could.
 */
export const notifyService = async (socket: string, state: string): Promise<string | undefined> => {
  const why = send(socket, state)
  return why === undefined ? undefined : await runNotify(socket, state) ? undefined : why
}

const send = (path: string, state: string): string | undefined => {
  if (process.platform !== 'linux') return 'only Linux has systemd'
  try {
    const libc = loadLibc()
    const fd = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)
    if (fd < 0) return `socket: errno ${-fd}`
    const address = Buffer.concat([Buffer.of(AF_UNIX, 0), Buffer.from(path)])
    if (address[2] === 0x40) address[2] = 0
    const bytes = Buffer.from(state)
    const sent = libc.sendto(fd, bytes, bytes.length, 0, address, address.length)
    libc.close(fd)
    return sent === bytes.length ? undefined : `sendto ${path}: errno ${-sent}`
  } catch (error) {
    return (error as Error).message
  }
}

const runNotify = (socket: string, state: string): Promise<boolean> =>
  new Promise(resolve => {
    const child = spawn('systemd-notify', state.split('\n'), {
      stdio: 'ignore',
      env: { ...process.env, NOTIFY_SOCKET: socket }
    })
    child.on('error', () => {
      resolve(false)
    })
    child.on('exit', code => {
      resolve(code === 0)
    })
  })
