import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { WeirError } from '@weirlb/model'
import { withSourceName } from '@weirlb/sandbox/bundle'
import { optionNames } from '../command-line/command-table.ts'
import { readArguments } from '../extension/arguments.ts'
import { requireFile } from '../extension/author-error.ts'
import { checkOf } from '../extension/check-types.ts'
import { apiOf, ask } from '../extension/rest.ts'
import { UsageError } from '../usage-error.ts'

const commands: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  validate: async args => { await validateFunction(args) },
  push: async args => { await pushFunction(args) },
  test: async args => { await testFunction(args) },
  rollback: async args => { await rollbackFunction(args) }
}

/** `weir function …`: edge functions of a running Weir. */
export const edgeFunction = async (args: readonly string[]): Promise<void> => {
  const [first, ...rest] = args
  const choices = Object.keys(commands).join(', ')
  if (first === undefined) throw new UsageError(`weir function needs a command; there are: ${choices}`)
  const command = Object.hasOwn(commands, first) ? commands[first] : undefined
  if (command === undefined) throw new UsageError(`unknown command 'function ${first}'; there are: ${choices}`)
  await command(rest)
}

/** Returns the text of a function's file, which keeps its name in errors. */
const sourceOf = async (file: string): Promise<string> => {
  await requireFile(file)
  return withSourceName(await readFile(file, 'utf8'), basename(file))
}

const needed = (value: string | undefined, command: string, what: string): string => {
  if (value === undefined) throw new UsageError(`weir function ${command} needs ${what}`)
  return value
}

/**
 * `weir function validate FILE [--check types|off] [--api URL]`: have a running Weir compile, load and type-check a
 * function.
 */
const validateFunction = async (args: readonly string[]): Promise<void> => {
  const { value, options } = readArguments(args, 'file', optionNames('function validate'))
  const source = await sourceOf(needed(value, 'validate', 'the FILE of an edge function'))
  const check = checkOf(options.check)
  const { body: { form } } = await ask(apiOf(options.api, options.socket), 'validateEdgeFunction', {
    body: { source, ...check && { check } }
  })
  process.stdout.write(`valid: ${form} form${check === 'off' ? '; types were not checked' : ''}\n`)
}

/**
 * `weir function push FILE --name NAME [--check types|off] [--api URL]`: create an edge function, or replace its
 * source.
 */
const pushFunction = async (args: readonly string[]): Promise<void> => {
  const { value, options } = readArguments(args, 'file', optionNames('function push'))
  const file = needed(value, 'push', 'the FILE of an edge function')
  const name = needed(options.name, 'push', '--name NAME: what the function is called in Weir')
  const check = checkOf(options.check)
  const source = await sourceOf(file)
  const api = apiOf(options.api, options.socket)
  const there = await ask(api, 'getEdgeFunction', { path: { name } }).then(() => true, (error: unknown) => {
    if (error instanceof WeirError && error.code === 'not-found') return false
    throw error
  })
  // A patch: what the operator has set beside the source stays as it is.
  if (there) await ask(api, 'patchEdgeFunction', { path: { name }, body: { source, ...check && { check } } })
  else await ask(api, 'createEdgeFunction', { body: { name, source, ...check && { check } } })
  process.stdout.write(`${there ? 'replaced' : 'created'} edge function '${name}' on ${api}\n`)
}

/** `weir function test NAME --request JSON|URL [--api URL]`: print what a function decides on a request, as JSON. */
const testFunction = async (args: readonly string[]): Promise<void> => {
  const { value, options } = readArguments(args, 'name', optionNames('function test'))
  const name = needed(value, 'test', 'the NAME of an edge function in Weir')
  const request = needed(options.request, 'test', '--request URL, or --request JSON')
  const { body } = await ask(apiOf(options.api, options.socket), 'testEdgeFunction', {
    path: { name },
    body: requestOf(request)
  })
  process.stdout.write(`${JSON.stringify(body, null, 2)}\n`)
}

/** `weir function rollback NAME [--api URL]`: make the version before the present one. */
const rollbackFunction = async (args: readonly string[]): Promise<void> => {
  const { value, options } = readArguments(args, 'name', optionNames('function rollback'))
  const name = needed(value, 'rollback', 'the NAME of an edge function in Weir')
  const api = apiOf(options.api, options.socket)
  const { body } = await ask(api, 'rollbackEdgeFunction', { path: { name } })
  process.stdout.write(`edge function '${name}' on ${api} is at version ${body.status?.version ?? '(unknown)'}\n`)
}

const requestOf = (text: string): { readonly url: string } => {
  if (!text.trimStart().startsWith('{')) return { url: text }
  try {
    return JSON.parse(text) as { readonly url: string }
  } catch (error) {
    throw new UsageError(`--request takes a URL, or JSON as {"url":"https://a.example/mqtt","headers":{"origin":"https://b.example"},"upgrade":true}: ${(error as Error).message}`)
  }
}
