import { dirname, resolve } from 'node:path'
import { certkeyFileFields } from '@weirlb/model'

type Entry = Readonly<Record<string, unknown>>
const isEntry = (value: unknown): value is Entry => typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * A configuration whose certkeys name their files by absolute paths: in a configuration file a path is relative to the
 * file's folder.
 */
export const withAbsolutePaths = (config: unknown, configFile: string): unknown => {
  if (!isEntry(config) || !Array.isArray(config['certkeys'])) return config
  const folder = dirname(resolve(configFile))
  return {
    ...config,
    certkeys: config['certkeys'].map((certkey: unknown) => isEntry(certkey) ? absolute(certkey, folder) : certkey)
  }
}

const absolute = (certkey: Entry, folder: string): Entry => {
  const named = certkeyFileFields.flatMap(field => {
    const path = certkey[field]
    return typeof path === 'string' && path !== '' ? [[field, resolve(folder, path)]] : []
  })
  return { ...certkey, ...Object.fromEntries(named) as Entry }
}
