import { readFile } from 'node:fs/promises'
import type { Measured, MeasureOptions, RuntimeName } from '@weirlb/testing'
import { optionNames } from '../command-line/command-table.ts'
import { ensureSandboxFlag } from '../sandbox-flag.ts'
import { UsageError } from '../usage-error.ts'
import { readArguments, required } from './arguments.ts'
import { requireFile, tellAuthor } from './author-error.ts'

/** The stream that is measured without a capture: the first line of a new extension. */
const HELLO = Uint8Array.from(Buffer.from('HELLO dev-01\n'))
const CONNECTIONS = 64

/** A line of the table: the sandbox runs code from outside on a thread, and trusted code on the event loop. */
const rows: readonly { readonly title: string, readonly runtime: RuntimeName, readonly mode: 'loop' | 'thread' }[] = [
  { title: 'in-process', runtime: 'in-process', mode: 'loop' },
  { title: 'sandbox', runtime: 'sandbox', mode: 'thread' },
  { title: 'sandbox, trusted', runtime: 'sandbox', mode: 'loop' }
]

/**
 * `weir extension bench FILE [--capture HEXFILE] [--answers HEXFILE] [--params JSON] [--seconds N] [--connections
 * N]`: measures the cost of a message in both runtimes.
 */
export const benchExtension = async (args: readonly string[]): Promise<void> => {
  const { value, options } = readArguments(args, 'file', optionNames('extension bench'))
  const file = required(value, 'bench', 'the FILE of an extension')
  const seconds = Number(options.seconds ?? '2')
  if (!(seconds > 0 && seconds <= 3600))
    throw new UsageError(`--seconds: expected a number above 0 and up to 3600, got '${options.seconds}'`)
  const connections = Number(options.connections ?? CONNECTIONS)
  if (!Number.isInteger(connections) || connections < 1 || connections > 10_000)
    throw new UsageError(`--connections: expected an integer from 1 to 10000, got '${options.connections}'`)
  const params = options.params === undefined ? {} : readParams(options.params)
  await requireFile(file)
  ensureSandboxFlag(0)
  const stream = options.capture === undefined ? HELLO : await readCapture('capture', options.capture)
  const answers = options.answers === undefined ? undefined : await readCapture('answers', options.answers)

  process.stdout.write(
    `${'runtime'.padEnd(16)}${'messages/s'.padStart(12)}${'ns/message'.padStart(12)}${
      'crossings/message'.padStart(19)
    }${'messages/crossing'.padStart(19)}\n`
  )
  const closed: Record<string, number> = {}
  for (const { title, runtime, mode } of rows) {
    const measured = await tellAuthor(async () =>
      await bench(file, runtime, stream, {
        seconds,
        connections,
        mode,
        params,
        ...(answers === undefined ? {} : { answers })
      })
    )
    const { messagesPerSecond, nsPerMessage, crossingsPerMessage, messagesPerCrossing } = measured
    process.stdout.write(
      `${title.padEnd(16)}${messagesPerSecond.toFixed(0).padStart(12)}${nsPerMessage.toFixed(0).padStart(12)}${
        crossingsPerMessage.toFixed(3).padStart(19)
      }${(messagesPerCrossing?.toFixed(1) ?? '-').padStart(19)}\n`
    )
    for (const [reason, count] of Object.entries(measured.closed)) closed[reason] = (closed[reason] ?? 0) + count
  }
  process.stdout.write(
    `Connections ended as: ${Object.entries(closed).map(([reason, count]) => `${reason} ${count}`).join(', ')}\n`
  )
}

const bench = async (
  file: string,
  runtime: RuntimeName,
  stream: Uint8Array,
  options: MeasureOptions
): Promise<Measured> => {
  const { measure } = await import('@weirlb/testing')
  try {
    return await measure(file, runtime, stream, options)
  } catch (error) {
    if (error instanceof TypeError)
      throw new UsageError(`${error.message}; give bytes of the protocol with --capture HEXFILE`)
    throw error
  }
}

/** Parse parameters of the vserver, as an operator writes them. The extension's declaration is checked later. */
const readParams = (json: string): NonNullable<MeasureOptions['params']> => {
  let params: unknown
  try {
    params = JSON.parse(json)
  } catch (error) {
    throw new UsageError(`--params: ${(error as Error).message}`)
  }
  if (typeof params !== 'object' || params === null || Array.isArray(params))
    throw new UsageError(`--params: expected an object in JSON, got '${json}'`)
  return params as NonNullable<MeasureOptions['params']>
}

const readCapture = async (option: string, file: string): Promise<Uint8Array> => {
  await requireFile(file)
  const { fromHex } = await import('@weirlb/testing')
  try {
    return fromHex(await readFile(file, 'utf8'))
  } catch (error) {
    throw new UsageError(`--${option} '${file}': ${(error as Error).message}`)
  }
}
