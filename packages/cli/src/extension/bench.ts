import { readFile } from 'node:fs/promises'
import { bothRuntimes, fromHex, measure } from '@weir/testing'
import { ensureSandboxFlag } from '../sandbox-flag.ts'
import { UsageError } from '../usage-error.ts'
import { readArguments, required } from './arguments.ts'
import { requireFile, tellAuthor } from './author-error.ts'

/** What is measured without a capture: the first line of a new extension. */
const HELLO = 'HELLO dev-01\n'

/** `weir extension bench FILE [--capture HEXFILE] [--seconds N]`: what a message costs in both runtimes. */
export const benchExtension = async (args: readonly string[]): Promise<void> => {
  const { value, options } = readArguments(args, 'file', ['capture', 'seconds'])
  const file = required(value, 'bench', 'the FILE of an extension')
  const seconds = Number(options.seconds ?? '2')
  if (!(seconds > 0 && seconds <= 3600)) throw new UsageError(`--seconds: expected a number above 0 and up to 3600, got '${options.seconds}'`)
  await requireFile(file)
  const stream = options.capture === undefined ? Uint8Array.from(Buffer.from(HELLO)) : await readCapture(options.capture)
  ensureSandboxFlag(0)
  process.stdout.write(`${'runtime'.padEnd(12)}${'messages/s'.padStart(14)}${'ns/message'.padStart(14)}${'crossings/message'.padStart(20)}\n`)
  for (const { runtime, protocol } of await tellAuthor(async () => await bothRuntimes(file))) {
    let measured
    try {
      measured = measure(protocol, stream, seconds)
    } catch (error) {
      throw new UsageError(`${(error as Error).message}; give bytes of the protocol with --capture HEXFILE`)
    }
    const { messagesPerSecond, nsPerMessage, crossingsPerMessage } = measured
    process.stdout.write(`${runtime.padEnd(12)}${messagesPerSecond.toFixed(0).padStart(14)}${nsPerMessage.toFixed(0).padStart(14)}${crossingsPerMessage.toFixed(3).padStart(20)}\n`)
  }
}

const readCapture = async (file: string): Promise<Uint8Array> => {
  await requireFile(file)
  try {
    return fromHex(await readFile(file, 'utf8'))
  } catch (error) {
    throw new UsageError(`--capture '${file}': ${(error as Error).message}`)
  }
}
