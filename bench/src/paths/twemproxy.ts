import { freePort } from '../../../test/support/free-port.ts'
import { TWEMPROXY } from './names.ts'
import type { Path } from './path.ts'
import { runProgram, sayVersion } from './program.ts'

const PROGRAM = 'nutcracker'
const version = sayVersion(PROGRAM, '--version')?.match(/nutcracker-(\S+)/)?.[1]

const configFor = (port: number, servers: readonly number[]): string => `
pool:
  listen: 127.0.0.1:${port}
  hash: fnv1a_64
  distribution: ketama
  redis: true
  servers:
${servers.map(server => `   - 127.0.0.1:${server}:1`).join('\n')}
`

/** twemproxy, which places Redis commands by their keys; it has one connection to each server for all clients. */
export const twemproxy: Path = {
  name: TWEMPROXY,
  version: version === undefined ? '' : `twemproxy ${version}`,
  ...(version === undefined ? { missing: `${PROGRAM} is not installed (Debian: apt-get install nutcracker)` } : {}),
  without: ({ work }) => work === 'redis' ? undefined : 'reads Redis and memcached',
  async start (_, servers) {
    const [port, ofStats] = [await freePort(), await freePort()]
    const files = { 'nutcracker.yml': configFor(port, servers.redis) }
    return await runProgram(PROGRAM, port, files, folder => ['-c', `${folder}/nutcracker.yml`, '-s', String(ofStats)])
  }
}
