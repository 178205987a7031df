// Writes docs/reference from the model and the API's own description; with --check, says which files differ and fails.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { api } from '@weir/admin'
import { closeReasonsPage } from './close-reasons-page.ts'
import { configPage } from './config-page.ts'
import { eventsPage } from './events-page.ts'
import { errorsPage } from './errors-page.ts'
import { restPage } from './rest-page.ts'

const folder = fileURLToPath(new URL('../../docs/reference/', import.meta.url))

/** Every generated page by its file name. */
export const pages = (): Record<string, string> => {
  const { document } = api({ base: '', token: true })
  return {
    'config.md': configPage(document),
    'rest.md': restPage(document),
    'errors.md': errorsPage(),
    'close-reasons.md': closeReasonsPage(),
    'events.md': eventsPage(document)
  }
}

const onDisk = (file: string): string | undefined => {
  try {
    return readFileSync(folder + file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Files in docs/reference that are not what the sources say. */
export const stale = (): string[] => Object.entries(pages()).filter(([file, text]) => onDisk(file) !== text).map(([file]) => file)

if (import.meta.main) {
  const files = stale()
  if (process.argv.includes('--check')) {
    for (const file of files) console.error(`docs/reference/${file} is not what the sources say; run: node scripts/docs/generate.ts`)
    process.exitCode = files.length === 0 ? 0 : 1
  } else {
    mkdirSync(folder, { recursive: true })
    const all = pages()
    for (const file of files) {
      writeFileSync(folder + file, all[file]!)
      console.log(`wrote docs/reference/${file}`)
    }
  }
}
