import { WeirError } from '@weirlb/model'
import { DocumentFault, faultText } from './document/document-fault.ts'
import { ensureSandboxFlag } from './sandbox-flag.ts'
import { commandHelp } from './command-line/usage.ts'
import { optimizingCompilers } from './optimizing-compilers.ts'
import { UsageError } from './usage-error.ts'

/** Exit statuses: a usage error; a failed command. */
const exit = { usage: 2, failed: 1 } as const

// Each command loads its own modules: the library and the API's server are most of the time of a short one.
const commands: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  serve: async args => {
    const options = (await import('./serve-options.ts')).parseServeOptions(args, process.env)
    ensureSandboxFlag(options.workers)
    optimizingCompilers.off()
    await (await import('./serve.ts')).serve(options)
  },
  extension: async args => { await (await import('./extension/commands.ts')).extension(args) },
  function: async args => { await (await import('./function/commands.ts')).edgeFunction(args) },
  check: async args => { await (await import('./commands/check.ts')).check(args) },
  exec: async args => { await (await import('./commands/exec.ts')).exec(args) },
  shell: async args => { await (await import('./commands/shell.ts')).shell(args) },
  top: async args => { await (await import('./live/top.ts')).top(args) },
  tail: async args => { await (await import('./live/tail.ts')).tail(args) },
  export: async args => { await (await import('./commands/export.ts')).exportConfig(args) },
  completion: async args => { await (await import('./commands/completion.ts')).completion(args) },
  manual: async args => { await (await import('./commands/manual.ts')).manual(args) },
  explain: async args => { await (await import('./explain.ts')).explain(args) }
}

/** Run the `weir` command. The operator's mistakes are printed without a stack. */
export const run = async (args: readonly string[]): Promise<void> => {
  const [first, ...rest] = args
  try {
    if (
      first === undefined || first === '--help' || first === '-h' || first === 'help' || rest.includes('--help') ||
      rest.includes('-h')
    ) {
      process.stdout.write(commandHelp(args))
    } else if (first === '--version' || first === '-v') {
      process.stdout.write(`${(await import('@weirlb/core')).version}\n`)
    } else {
      const command = Object.hasOwn(commands, first) ? commands[first] : undefined
      if (command === undefined)
        throw new UsageError(`unknown command '${first}'; there are: ${Object.keys(commands).join(', ')}`)
      await command(rest)
    }
  } catch (error) {
    process.stderr.write(explain(error))
    process.exit(error instanceof UsageError ? exit.usage : exit.failed)
  }
}

const explain = (error: unknown): string => {
  if (error instanceof UsageError) return `weir: ${error.message}\nTry 'weir --help'.\n`
  if (error instanceof DocumentFault)
    return `weir: ${error.message} [${error.code}]\n${
      error.issues.length > 1 ? error.issues.map(issue => `  ${faultText(issue)}\n`).join('') : ''
    }`
  if (error instanceof WeirError && error.code !== 'internal') {
    // The message has the first issue; a list is worth its lines if there are more.
    const issues = error.issues.length > 1
      ? error.issues.map(({ path, message, file }) =>
        `  ${path === '' || file !== undefined ? message : `${path}: ${message}`}\n`
      ).join('')
      : ''
    return `weir: ${error.message} [${error.code}]\n${issues}`
  }
  return `weir: ${error instanceof Error ? error.stack ?? error.message : String(error)}\n`
}
