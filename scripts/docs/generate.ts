// Writes docs/reference, the client's types and the schema of configuration files from the model and the API's own
// description, and the code blocks of other pages from the files they quote. With --check, lists the pages that differ
// and fails.
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { api } from '@weirlb/admin'
import { configFileSchema } from '@weirlb/model'
import { accessLogPage } from './access-log-page.ts'
import { clientTypes } from './client-types.ts'
import { closeReasonsPage } from './close-reasons-page.ts'
import { commandsPage } from './commands-page.ts'
import { configPage } from './config-page.ts'
import { eventsPage } from './events-page.ts'
import { errorsPage } from './errors-page.ts'
import { floodControlsPage } from './flood-controls-page.ts'
import { metricsPage } from './metrics-page.ts'
import { withCommands } from './redis-commands.ts'
import { requoted } from './regions.ts'
import { restPage } from './rest-page.ts'
import { managedChecksPage } from './managed-checks-page.ts'
import { rulesPage } from './rules-page.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Every page of docs/reference by its file name. */
export const pages = (): Record<string, string> => {
  const { document } = api({ base: '', token: true })
  return {
    'config.md': configPage(document),
    'rest.md': restPage(document),
    'errors.md': errorsPage(),
    'close-reasons.md': closeReasonsPage(),
    'events.md': eventsPage(document),
    'metrics.md': metricsPage(),
    'commands.md': commandsPage(),
    'rules.md': rulesPage(),
    'flood-controls.md': floodControlsPage(),
    'managed-checks.md': managedChecksPage(),
    'access-log.md': accessLogPage()
  }
}

const REDIS = 'extensions/redis/README.md'

/** Pages whose code blocks may quote files. */
const quoting = (): string[] =>
  globSync(['*.md', 'docs/**/*.md', '{packages,extensions,examples}/*/README.md'], {
    cwd: root,
    exclude: path => path.includes('node_modules')
  })

const onDisk = (file: string): string | undefined => {
  try {
    return readFileSync(root + file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Returns the correct text of outdated pages, by their path. */
export const stale = (): Record<string, string> => {
  const generated = [
    ...Object.entries(pages()).map(([file, text]) => [`docs/reference/${file}`, text] as const),
    ['packages/admin/src/client/operations.ts', clientTypes(api({ base: '', token: false }).document)] as const,
    ['packages/cli/weir.schema.json', `${JSON.stringify(configFileSchema(), null, 1)}\n`] as const
  ]
  const quoted = quoting().filter(file => !file.startsWith('docs/reference/')).map(file =>
    [file, file === REDIS ? withCommands(requoted(onDisk(file)!)) : requoted(onDisk(file)!)] as const
  )
  return Object.fromEntries([...generated, ...quoted].filter(([file, text]) => onDisk(file) !== text))
}

if (import.meta.main) {
  const changed = Object.entries(stale())
  if (process.argv.includes('--check')) {
    for (const [file] of changed)
      console.error(`${file} is not what the sources say; run: node scripts/docs/generate.ts`)
    process.exitCode = changed.length === 0 ? 0 : 1
  } else {
    mkdirSync(`${root}docs/reference`, { recursive: true })
    for (const [file, text] of changed) {
      writeFileSync(root + file, text)
      console.log(`wrote ${file}`)
    }
  }
}
