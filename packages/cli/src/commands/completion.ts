import { complete, grammar } from '@weirlb/netscaler'
import { bashCompletion } from '../completion/bash.ts'
import { fishCompletion } from '../completion/fish.ts'
import { zshCompletion } from '../completion/zsh.ts'
import { apiOf } from '../extension/rest.ts'
import { UsageError } from '../usage-error.ts'
import { entityNames } from './entity-names.ts'

const shells: Readonly<Record<string, () => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion
}

/**
 * `weir completion bash|zsh|fish`: prints a script for the shell. The scripts call `weir completion line TEXT`, which
 * prints the commands of NetScaler's language that begin with a text, a line each.
 */
export const completion = async ([shell, ...rest]: readonly string[]): Promise<void> => {
  if (shell === 'line') {
    process.stdout.write((await linesOf(rest.join(' '))).map(line => `${line}\n`).join(''))
    return
  }
  const script = shell !== undefined && Object.hasOwn(shells, shell) ? shells[shell] : undefined
  const choices = Object.keys(shells).join(', ')
  if (script === undefined)
    throw new UsageError(
      shell === undefined
        ? `weir completion needs a shell; there are: ${choices}`
        : `weir completion: no shell '${shell}'; there are: ${choices}`
    )
  if (rest.length > 0) throw new UsageError(`weir completion takes one shell, and what is '${rest[0]}'?`)
  process.stdout.write(script())
}

const linesOf = async (text: string): Promise<readonly string[]> => {
  const { candidates, replaced } = await complete(grammar, text, entityNames(apiOf(undefined)), ['help'])
  // A word within quotes of its own is not completed.
  if (!text.endsWith(replaced)) return []
  return candidates.map(candidate => `${text.slice(0, text.length - replaced.length)}${candidate}`)
}
