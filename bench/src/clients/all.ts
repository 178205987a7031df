import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findService } from '../../../test/support/services.ts'
import type { Client, Start } from './client.ts'
import type { Version } from './stimuli.ts'

const program = (name: string): string => fileURLToPath(new URL(`programs/${name}`, import.meta.url))

const npmVersion = (name: string): string => {
  const file = createRequire(import.meta.url).resolve(name).replace(
    new RegExp(`(/node_modules/${name})/.*$`),
    '$1/package.json'
  )
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

/** What a program prints, or undefined when it cannot be run. */
const printed = (command: string, ...args: string[]): string | undefined => {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

interface Found { readonly missing: string | undefined, readonly version: string }

const found = (what: string, version: string | undefined): Found => ({
  missing: version === undefined ? `${what} is not installed` : undefined,
  version: version ?? ''
})

/** A program in C, compiled where a compiler and the library's headers are. */
const compiled = (source: string, library: string, folder: string): Found & { readonly binary: string } => {
  const binary = join(folder, source)
  const { status } = spawnSync('cc', ['-o', binary, program(`${source}.c`), `-l${library}`], { stdio: 'ignore' })
  return {
    ...found(
      `a C compiler, or the headers of lib${library},`,
      status === 0 ? execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim() : undefined
    ),
    binary
  }
}

const levels: Readonly<Record<Version, { readonly sub: string, readonly bridge: string }>> = {
  4: { sub: 'mqttv311', bridge: 'mqttv311' },
  5: { sub: 'mqttv5', bridge: 'mqttv50' }
}

const mqttJs = { missing: undefined, version: npmVersion('mqtt') }
const mosquittoVersion = (binary: string): string | undefined => {
  const { stdout } = spawnSync(binary, ['--help'], { encoding: 'utf8' })
  return /version (\S+)/.exec(stdout ?? '')?.[1]
}

/** Every client, also those that this machine lacks; programs in C are compiled into `folder`. */
export const clientsIn = (folder: string): readonly Client[] => {
  const mosquitto = findService('mosquitto')
  const mosquittoSub = found('mosquitto_sub', mosquittoVersion('mosquitto_sub'))
  const libmosquitto = compiled('libmosquitto', 'mosquitto', folder)
  const pahoC = compiled('paho-c', 'paho-mqtt3a', folder)
  // Debian's Python has it, which need not be the first on the path.
  const pahoVersion = (python: string): string | undefined =>
    printed(python, '-c', 'import paho.mqtt as m; print(m.__version__)')
  const python = ['python3', '/usr/bin/python3'].find(command => pahoVersion(command) !== undefined) ?? 'python3'
  const pahoPython = found('paho-mqtt for python3', pahoVersion(python))
  const script =
    (runner: string, file: string, ...more: string[]) => ({ port, version, id }: Start): string[] => [
      runner,
      program(file),
      String(port),
      String(version),
      id,
      ...more
    ]
  const own =
    ({ binary }: { readonly binary: string }) => ({ port, version, id }: Start): string[] => [
      binary,
      String(port),
      String(version),
      id
    ]
  return [
    { name: 'mqtt.js', how: 'defaults', ...mqttJs, command: script(process.execPath, 'mqtt-js.mjs') },
    {
      name: 'mqtt.js, reconnectOnConnackError',
      how: '`reconnectOnConnackError: true`',
      ...mqttJs,
      command: script(process.execPath, 'mqtt-js.mjs', '{"reconnectOnConnackError":true}')
    },
    {
      name: 'u8-mqtt',
      how: '`with_autoreconnect()`',
      missing: undefined,
      version: npmVersion('u8-mqtt'),
      command: script(process.execPath, 'u8-mqtt.mjs')
    },
    {
      name: 'mosquitto_sub',
      how: 'defaults',
      ...mosquittoSub,
      command: (
        { port, version, id }
      ) => ['mosquitto_sub', '-h', '127.0.0.1', '-p', String(port), '-V', levels[version].sub, '-i', id, '-t', 't/#']
    },
    { name: 'libmosquitto', how: '`mosquitto_loop_forever`', ...libmosquitto, command: own(libmosquitto) },
    {
      name: 'mosquitto bridge',
      how: 'default `restart_timeout`',
      ...found('mosquitto', mosquitto === undefined ? undefined : mosquittoVersion(mosquitto)),
      command: ({ port, version, folder }) => {
        const file = join(folder, 'bridge.conf')
        writeFileSync(
          file,
          [
            `listener 0 ${join(folder, 'socket')}`,
            'user root',
            'allow_anonymous true',
            'persistence false',
            'log_dest none',
            'connection upstream',
            `address 127.0.0.1:${port}`,
            'topic t/# in 0',
            `bridge_protocol_version ${levels[version].bridge}`,
            'notifications false',
            ''
          ].join('\n')
        )
        return [mosquitto!, '-c', file]
      }
    },
    { name: 'Paho C', how: '`MQTTAsync`, `automaticReconnect`', ...pahoC, command: own(pahoC) },
    { name: 'paho-mqtt (Python)', how: '`loop_forever`', ...pahoPython, command: script(python, 'paho-mqtt.py') }
  ]
}

/** A folder for `clientsIn`. */
export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'weir-clients-'))
