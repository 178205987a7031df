import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { MAX_SOURCE, WeirError } from '@weirlb/model'
import { fault, importedFiles, isLuaFile, looksLikeLua, luaRefused, type ImportedFile } from '@weirlb/netscaler'
import { sourceOf } from '../extension/source-of.ts'

/** Time for a server to send an extension, in milliseconds. */
const FETCH_MS = 30_000

/**
 * Returns the texts of the files that commands import, by the names that the commands have for them. Relative ones
 * begin at `folder`.
 */
export const filesOf = async (commands: string, folder: string): Promise<Record<string, string>> => {
  const files = new Map<string, string>()
  for (const file of importedFiles(commands)) {
    if (files.has(file.src)) continue
    try {
      files.set(file.src, /^https?:/i.test(file.src) ? await fetched(file.src) : await local(file, folder))
    } catch (error) {
      if (!(error instanceof WeirError)) throw error
      // Faults of code have places of their own in the file.
      throw error.issues.some(({ line }) => line !== undefined)
        ? error
        : fault(file, error.message, { code: error.code, cause: error })
    }
  }
  return Object.fromEntries(files)
}

const local = async ({ src, isCode }: ImportedFile, folder: string): Promise<string> => {
  const path = resolve(folder, src.replace(/^local:/i, ''))
  if (isLuaFile(path)) throw luaRefused(src)
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile() !== true) throw new WeirError('command-invalid', `there is no file '${path}'`)
  if (!isCode) return await readFile(path, 'utf8')
  if (looksLikeLua(await readFile(path, 'utf8'))) throw luaRefused(src)
  return (await sourceOf(path)).text
}

const fetched = async (url: string): Promise<string> => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_MS) })
    if (!response.ok) throw new Error(`status ${response.status}`)
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true })
      if (text.length > MAX_SOURCE) throw new Error(`more than ${MAX_SOURCE} characters`)
    }
    return text
  } catch (error) {
    const { message, cause } = error as Error
    throw new WeirError(
      'command-invalid',
      `cannot fetch ${url}: ${(cause as NodeJS.ErrnoException | undefined)?.code ?? message}`
    )
  }
}
