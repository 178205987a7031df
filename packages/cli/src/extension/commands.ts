import { UsageError } from '../usage-error.ts'
import { benchExtension } from './bench.ts'
import { buildExtension } from './build.ts'
import { newExtension } from './new.ts'
import { pushExtension } from './push.ts'
import { testExtension } from './test.ts'
import { validateExtension } from './validate.ts'
import { promoteExtension, rollbackExtension } from './versions.ts'

const commands: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  new: newExtension, validate: validateExtension, test: testExtension, bench: benchExtension, build: buildExtension, push: pushExtension, rollback: rollbackExtension, promote: promoteExtension
}

/** `weir extension …`: the author's commands. */
export const extension = async (args: readonly string[]): Promise<void> => {
  const [first, ...rest] = args
  const choices = Object.keys(commands).join(', ')
  if (first === undefined) throw new UsageError(`weir extension needs a command; there are: ${choices}`)
  const command = Object.hasOwn(commands, first) ? commands[first] : undefined
  if (command === undefined) throw new UsageError(`unknown command 'extension ${first}'; there are: ${choices}`)
  await command(rest)
}
