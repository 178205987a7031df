// The test vectors that mqtt-packet ships: its own test file runs here, with a test framework that asserts nothing
// and a parser that is listened to.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type mqttPacket from 'mqtt-packet'
import type { Packet, Parser } from 'mqtt-packet'

/** What mqtt-packet makes of a stream. */
export interface Vector {
  /** Name of the test, and of the vector within it. */
  readonly name: string
  /** Protocol version that the parser was told, if it was. */
  readonly version: number | undefined
  readonly bytes: Uint8Array
  readonly packets: readonly Packet[]
  /** Message of the error that ended it. */
  readonly error: string | undefined
}

interface Options { readonly protocolVersion?: number }
type MqttPacket = typeof mqttPacket

const quiet: object = new Proxy({}, { get: () => () => {} })

/** Parse with mqtt-packet. */
export const parsed = (name: string, bytes: Uint8Array, options: Options, mqtt: MqttPacket): Vector => {
  const packets: Packet[] = []
  let error: string | undefined
  const parser = mqtt.parser(options)
  parser.on('packet', packet => { if (error === undefined) packets.push({ ...packet }) })
  parser.on('error', failure => { error ??= failure.message })
  parser.parse(Buffer.from(bytes))
  return { name, version: options.protocolVersion, bytes, packets, error }
}

/** All streams that mqtt-packet's tests parse. */
export const mqttPacketVectors = (): Vector[] => {
  const require = createRequire(import.meta.url)
  const file = require.resolve('mqtt-packet').replace(/mqtt\.js$/, 'test.js')
  const mqtt = require('mqtt-packet') as MqttPacket
  const within = createRequire(file)
  const streams: { name: string, options: Options, chunks: Buffer[] }[] = []
  let running = ''
  const listened = {
    ...mqtt,
    parser (options: Options = {}): Parser {
      const parser = mqtt.parser(options)
      const stream = { name: running, options: { ...options }, chunks: [] as Buffer[] }
      streams.push(stream)
      const { parse } = parser
      parser.parse = chunk => {
        stream.chunks.push(Buffer.from(chunk as Uint8Array))
        return parse.call(parser, chunk)
      }
      parser.on('error', () => {})
      return parser
    }
  }
  const tape = (name: string, run: (t: object) => void): void => {
    running = name
    try {
      run(quiet)
    } catch {
      // A parser that is told to throw.
    }
  }
  const given: Readonly<Record<string, unknown>> = {
    tape,
    './': listened,
    'readable-stream': {
      Writable: function Writable () {
        return { on () {}, write: () => true, end () {} }
      }
    }
  }
  new Function('require', 'module', readFileSync(file, 'utf8'))((name: string) => given[name] ?? within(name), {
    exports: {}
  })
  return streams.filter(stream => stream.chunks.length > 0).map(({ name, options, chunks }, i) =>
    parsed(`${i} ${name}`, Buffer.concat(chunks), options, mqtt)
  )
}
