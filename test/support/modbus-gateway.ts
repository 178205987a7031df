import { createRequire } from 'node:module'
import { atEnd } from './engine-bench.ts'
import { freePort } from './free-port.ts'

interface ModbusSerial {
  readonly ServerTCP: new(
    vector: object,
    options: { host: string, port: number, debug: boolean, unitID: number }
  ) => { close(done: () => void): void, on(event: string, listener: () => void): void }
}
// Its types name those of serialport, which is not installed: no test speaks over a serial line.
const { ServerTCP } = createRequire(import.meta.url)('modbus-serial') as ModbusSerial

/** The unit that never answers. */
export const SILENT_UNIT = 77

/**
 * A gateway of modbus-serial with registers of their own for each unit behind it. Returns its port. It ends with the
 * test.
 */
export const startGateway = async (): Promise<number> => {
  const registers = new Map<number, number>()
  const port = await freePort()
  const server = new ServerTCP({
    getHoldingRegister: (address: number, unit: number, done: (error: unknown, value: number) => void) => {
      if (unit !== SILENT_UNIT) done(null, registers.get(unit * 65_536 + address) ?? 0)
    },
    setRegister: (address: number, value: number, unit: number, done: (error: unknown) => void) => {
      registers.set(unit * 65_536 + address, value)
      done(null)
    }
  }, { host: '127.0.0.1', port, debug: false, unitID: 255 })
  atEnd(async () => { await new Promise<void>(resolve => { server.close(resolve) }) })
  await new Promise<void>(resolve => { server.on('initialized', resolve) })
  return port
}
