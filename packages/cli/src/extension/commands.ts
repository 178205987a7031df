import { UsageError } from '../usage-error.ts'

// Each command loads its own modules: those of the test kit, the bundler and the API's client are needed by some.
const commands: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  new: async args => { await (await import('./new.ts')).newExtension(args) },
  validate: async args => { await (await import('./validate.ts')).validateExtension(args) },
  test: async args => { await (await import('./test.ts')).testExtension(args) },
  bench: async args => { await (await import('./bench.ts')).benchExtension(args) },
  dev: async args => { await (await import('./dev.ts')).devExtension(args) },
  build: async args => { await (await import('./build.ts')).buildExtension(args) },
  push: async args => { await (await import('./push.ts')).pushExtension(args) },
  rollback: async args => { await (await import('./versions.ts')).rollbackExtension(args) },
  promote: async args => { await (await import('./versions.ts')).promoteExtension(args) }
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
