import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { WeirError, type Issue } from '@weirlb/model'

/** Fields of a certkey that a configuration file may name a file for. */
const fields = ['cert', 'key', 'ca'] as const

type Entry = Readonly<Record<string, unknown>>
const isEntry = (value: unknown): value is Entry => typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * A configuration whose certkeys have the contents of the files that they name: `certFile`, `keyFile` and `caFile` in place of `cert`, `key` and `ca`.
 * A path is relative to the configuration file's folder. Throws `config-invalid` with every file that cannot be read; what is in them is checked by Weir.
 */
export const withCertificateFiles = async (config: unknown, configFile: string): Promise<unknown> => {
  if (!isEntry(config) || !Array.isArray(config['certkeys'])) return config
  const issues: Issue[] = []
  const certkeys = await Promise.all(config['certkeys'].map(async (certkey: unknown, index) =>
    isEntry(certkey) ? await withFiles(certkey, `certkeys[${index}]`, dirname(configFile), issues) : certkey))
  const first = issues[0]
  if (first !== undefined) throw new WeirError('config-invalid', `${first.path}: ${first.message}`, { issues })
  return { ...config, certkeys }
}

const withFiles = async (certkey: Entry, path: string, folder: string, issues: Issue[]): Promise<Entry> => {
  const complete: Record<string, unknown> = { ...certkey }
  for (const field of fields) {
    const named = `${field}File`
    if (!Object.hasOwn(certkey, named)) continue
    const file = certkey[named]
    delete complete[named]
    const refuse = (message: string): void => { issues.push({ path: `${path}.${named}`, message }) }
    if (typeof file !== 'string' || file === '') refuse('expected the path of a file')
    else if (Object.hasOwn(certkey, field)) refuse(`stands beside '${field}'; give one of them`)
    else {
      try {
        complete[field] = await readFile(resolve(folder, file), 'utf8')
      } catch (error) {
        refuse(`cannot read '${resolve(folder, file)}' (${(error as NodeJS.ErrnoException).code})`)
      }
    }
  }
  return complete
}
