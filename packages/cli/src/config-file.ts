import { readFile } from 'node:fs/promises'
import { WeirError, type ConfigInput } from '@weir/model'

/** Read a configuration file (JSON). Throws `config-invalid` that names the file; what is in it is checked by Weir. */
export const readConfigFile = async (path: string): Promise<ConfigInput> => {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new WeirError('config-invalid', `cannot read the configuration file '${path}' (${(error as NodeJS.ErrnoException).code})`, { cause: error })
  }
  try {
    return JSON.parse(text) as ConfigInput
  } catch (error) {
    throw new WeirError('config-invalid', `'${path}' is not JSON: ${place(text, error as Error)}`, { cause: error })
  }
}

/** The parser's message quotes the text around the fault, and that may be a private key: only the place is passed on. */
const place = (text: string, error: Error): string => {
  const offset = /position (\d+)/.exec(error.message)?.[1]
  if (offset === undefined) return text.trim() === '' ? 'the file is empty' : 'it ends too early'
  const before = text.slice(0, Number(offset)).split('\n')
  return `line ${before.length}, column ${before.at(-1)!.length + 1}`
}
