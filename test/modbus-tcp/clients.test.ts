// Clients and servers of others: modbus-serial, and mbpoll with libmodbus.
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { WAIT_MS } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { describeWithMbpoll } from '../support/describe-with.ts'
import { atEnd } from '../support/engine-bench.ts'
import { startExtensionFarm } from '../support/extension-farm.ts'
import { SILENT_UNIT, startGateway } from '../support/modbus-gateway.ts'

const run = promisify(execFile)
// Its types name those of serialport, which is not installed: no test speaks over a serial line.
const { default: ModbusRTU } = createRequire(import.meta.url)('modbus-serial') as ModbusSerial

interface Registers { readonly data: readonly number[] }
interface Client {
  connectTCP (host: string, options: { port: number }): Promise<void>
  setID (unit: number): void
  setTimeout (ms: number): void
  readHoldingRegisters (address: number, length: number): Promise<Registers>
  writeRegister (address: number, value: number): Promise<unknown>
  close (done: () => void): void
}
interface ModbusSerial { readonly default: new () => Client }

const connect = async (port: number, unit: number, timeoutMs = WAIT_MS): Promise<Client> => {
  const client = new ModbusRTU()
  await client.connectTCP('127.0.0.1', { port })
  client.setID(unit)
  client.setTimeout(timeoutMs)
  atEnd(async () => { await new Promise<void>(resolve => { client.close(resolve) }) })
  return client
}

test('modbus-serial reads what it wrote at every unit, on one connection, while another waits for a silent one', async () => {
  const farm = await startExtensionFarm({
    builtin: 'modbus-tcp',
    servers: [await startGateway(), await startGateway()],
    limits: { replyTimeoutSeconds: 1 }
  })
  const client = await connect(farm.port, 1)
  const waiting = await connect(farm.port, SILENT_UNIT, 500)
  const late = waiting.readHoldingRegisters(0, 1).catch((error: unknown) => error)
  for (let unit = 1; unit <= 20; unit++) {
    client.setID(unit)
    await client.writeRegister(3, 100 + unit)
  }
  for (let unit = 1; unit <= 20; unit++) {
    client.setID(unit)
    expect((await client.readHoldingRegisters(3, 1)).data).toEqual([100 + unit])
  }
  expect(await late).toMatchObject({ name: 'TransactionTimedOutError' })
  // Its time-out has shifted nobody's turn, its own included.
  waiting.setID(5)
  waiting.setTimeout(WAIT_MS)
  expect((await waiting.readHoldingRegisters(3, 1)).data).toEqual([105])
})

describeWithMbpoll('mbpoll', mbpoll => {
  test('reads units behind two gateways, and hears of a silent one from Weir', async () => {
    const farm = await startExtensionFarm({
      builtin: 'modbus-tcp',
      servers: [await startGateway(), await startGateway()],
      limits: { replyTimeoutSeconds: 1 }
    })
    const poll = async (unit: number, ...more: string[]): Promise<string> => {
      const { stdout, stderr } = await run(mbpoll, ['-m', 'tcp', '-p', String(farm.port), '-a', String(unit), '-0', '-r', '3', '-o', '10', '-1', '-q', ...more]).catch(error => error as { stdout: string, stderr: string })
      return stdout + stderr
    }
    for (const unit of [1, 2, 3, 4]) await poll(unit, '127.0.0.1', String(200 + unit))
    for (const unit of [1, 2, 3, 4]) expect(await poll(unit, '127.0.0.1')).toContain(`[3]: \t${200 + unit}`)
    expect(await poll(SILENT_UNIT, '127.0.0.1')).toContain('Target device failed to respond')
  })
})
