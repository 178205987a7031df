// Runs a configuration that is a program, and sends what it makes to the process that asked.
import { registerHooks } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

const send = (message: object): void => { process.send!(message, () => { process.disconnect() }) }
const numberOf = (text: string | undefined): number | undefined => text === undefined ? undefined : Number(text)
const file = process.argv[2]!
const files = new Set<string>()

registerHooks({
  resolve: (specifier, context, next) => {
    const resolved = next(specifier, context)
    if (resolved.url.startsWith('file:') && !resolved.url.includes('/node_modules/'))
      files.add(fileURLToPath(resolved.url))
    return resolved
  }
})

try {
  const { default: made } = await import(pathToFileURL(file).href) as { default?: unknown }
  if (made === undefined) throw new Error('it has no default export: the configuration, or a function that returns it')
  const config: unknown = typeof made === 'function' ? await (made as () => unknown)() : await made
  // JSON has no functions and no undefined: what it cannot carry is not in a configuration either.
  const text = JSON.stringify(config) as string | undefined
  send(text === undefined ? { error: 'its default export is no configuration' } : { text, files: [...files] })
} catch (error) {
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error))
  // The line of the author's own file, where there is one.
  const place = stack.split('\n').find(line => line.includes(file))
  const position = place === undefined ? undefined : /:(\d+)(?::(\d+))?\)?$/.exec(place.trim())
  send({
    error: message.split('\n')[0],
    line: numberOf(position?.[1]),
    column: numberOf(position?.[2]),
    files: [...files]
  })
}
