// Programs that some tests run against and that npm cannot bring. Where apt and root are there, `npm test` installs the
// missing ones; elsewhere the tests that need them are skipped and say why. With WEIR_REQUIRE_SERVICES=1 a missing one
// fails.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, globSync } from 'node:fs'
import { delimiter, join } from 'node:path'

interface ServiceProgram {
  readonly binary: string
  /** A file that has to be there too, where Debian puts it: a library or its headers. */
  readonly file?: string
  /** The same, for a file whose folder depends on the machine: a pattern. */
  readonly library?: string
  readonly packages: readonly string[]
}

/** What a test may ask for, by the name of the program. */
export const servicePrograms = {
  mosquitto: { binary: 'mosquitto', file: '/usr/bin/mosquitto_pub', packages: ['mosquitto', 'mosquitto-clients'] },
  logger: { binary: 'logger', packages: ['bsdutils'] },
  zsh: { binary: 'zsh', packages: ['zsh'] },
  fish: { binary: 'fish', packages: ['fish'] },
  mandoc: { binary: 'mandoc', packages: ['mandoc'] },
  man: { binary: 'man', packages: ['man-db', 'groff-base'] },
  systemd: { binary: 'systemd-analyze', packages: ['systemd'] },
  logrotate: { binary: 'logrotate', packages: ['logrotate'] },
  script: { binary: 'script', packages: ['bsdutils'] },
  rsyslog: { binary: 'rsyslogd', packages: ['rsyslog'] },
  mbpoll: { binary: 'mbpoll', packages: ['mbpoll'] },
  chromium: { binary: 'chromium', packages: ['chromium'] },
  haproxy: { binary: 'haproxy', packages: ['haproxy'] },
  nginx: {
    binary: 'nginx',
    file: '/usr/lib/nginx/modules/ngx_stream_module.so',
    packages: ['nginx-light', 'libnginx-mod-stream']
  },
  // Its command on the path wants a user of its own.
  rabbitmq: { binary: 'epmd', file: '/usr/lib/rabbitmq/bin/rabbitmq-server', packages: ['rabbitmq-server'] },
  ejabberd: { binary: 'erl', file: '/usr/sbin/ejabberdctl', packages: ['ejabberd'] },
  pebble: { binary: 'pebble', packages: ['pebble'] },
  // Debian keeps its programs beside each other, and psql alone on the path.
  postgresql: { binary: 'psql', file: '/usr/lib/postgresql/15/bin/pgbench', packages: ['postgresql-15'] },
  prometheus: { binary: 'promtool', packages: ['prometheus'] },
  // A library, and the rules that it reads.
  modsecurity: {
    binary: 'sh',
    file: '/usr/share/modsecurity-crs/rules',
    library: '/usr/lib/*/libmodsecurity.so.3',
    packages: ['libmodsecurity3', 'modsecurity-crs']
  },
  redis: { binary: 'redis-server', packages: ['redis-server'] },
  libmosquitto: { binary: 'cc', file: '/usr/include/mosquitto.h', packages: ['gcc', 'libc6-dev', 'libmosquitto-dev'] },
  'paho-c': { binary: 'cc', file: '/usr/include/MQTTAsync.h', packages: ['gcc', 'libc6-dev', 'libpaho-mqtt-dev'] },
  'paho-mqtt': {
    binary: 'python3',
    file: '/usr/lib/python3/dist-packages/paho/mqtt/client.py',
    packages: ['python3-paho-mqtt']
  }
} as const satisfies Record<string, ServiceProgram>

export type ServiceName = keyof typeof servicePrograms
export const serviceNames = Object.keys(servicePrograms) as ServiceName[]

/** True when a missing service is a failure and not a skip. */
export const servicesRequired = process.env['WEIR_REQUIRE_SERVICES'] === '1'

// Debian keeps servers in sbin, which is on root's path only.
const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin']

/** Full path of a service's program, or undefined when this machine has none. */
export const findService = (name: ServiceName): string | undefined => {
  const { binary, file: beside, library }: ServiceProgram = servicePrograms[name]
  if (beside !== undefined && !existsSync(beside) || library !== undefined && globSync(library).length === 0)
    return undefined
  for (const folder of folders) {
    const file = join(folder, binary)
    try {
      accessSync(file, constants.X_OK)
      return file
    } catch {}
  }
  return undefined
}

const apt = (...args: string[]): string | undefined => {
  // RUNLEVEL=1 keeps the packages' own daemons from being started: tests start theirs on free ports.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const { status, stderr, error } = spawnSync('apt-get', args, {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8'
  })
  if (status === 0) return undefined
  return `apt-get ${args.join(' ')} failed: ${
    error?.message ?? (stderr.trim().split('\n').at(-1) || `status ${status}`)
  }`
}

/** Install what is missing, where that can be done. Answers why the services that are still missing are missing. */
export const installServices = (): ReadonlyMap<ServiceName, string> => {
  const missing = serviceNames.filter(name => findService(name) === undefined)
  if (missing.length === 0) return new Map()
  let why = 'it is not installed, and installing it needs apt-get and root'
  if (process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0) {
    const packages = missing.flatMap(name => servicePrograms[name].packages)
    console.error(`setting up: apt-get install ${packages.join(' ')}`)
    why = apt('-q', 'update') ?? apt('-q', '-y', 'install', '--no-install-recommends', ...packages) ??
      `its program is in none of ${folders.join(', ')}, although apt-get installed it`
  }
  return new Map(missing.filter(name => findService(name) === undefined).map(name => [name, why]))
}
