import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { MAX_PROBE_SECRET } from '@weirlb/sdk/abi'

/**
 * Returns the first line of each file, by name. Rejects with an Error that names the file, and nothing of its contents.
 */
export const readSecrets = async (files: Readonly<Record<string, string>>): Promise<Record<string, string>> =>
  Object.fromEntries(await Promise.all(Object.entries(files).map(async ([name, path]) => {
    const text = await firstLine(path).catch((error: unknown) => {
      const { code, message } = error as NodeJS.ErrnoException
      throw new Error(`secretFiles.${name} cannot be read: '${path}' (${code ?? message})`)
    })
    return [name, text] as const
  })))

const firstLine = async (path: string): Promise<string> => {
  // A pipe without a writer would wait.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    if (!(await file.stat()).isFile()) throw new Error('it is not a file')
    const bytes = Buffer.alloc(MAX_PROBE_SECRET + 1)
    let used = 0
    for (let read = -1; read !== 0 && used < bytes.length; used += read)
      ({ bytesRead: read } = await file.read(bytes, used, bytes.length - used))
    const line = bytes.toString('utf8', 0, used).split(/\r?\n/, 1)[0]!
    if (Buffer.byteLength(line) > MAX_PROBE_SECRET)
      throw new Error(`its first line has more than ${MAX_PROBE_SECRET} bytes`)
    if (Array.from(line).some(character => character < ' ')) throw new Error('its first line has control characters')
    return line
  } finally {
    await file.close()
  }
}
