import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import type { ClusterOptions } from '@weirlb/core'
import { WeirError, type ClusterPlace } from '@weirlb/model'
import type { GivenPlace } from './serve-options.ts'
import { UsageError } from './usage-error.ts'

const options: Readonly<Record<string, string>> = {
  node: '--node',
  configuration: '--cluster-config',
  passwordFile: '--cluster-password',
  caFile: '--cluster-ca',
  certFile: '--cluster-cert',
  certKeyFile: '--cluster-cert-key',
  keysFile: '--cluster-keys'
}

/**
 * Make the store of a cluster; undefined where neither the command line nor the configuration file names one. What both
 * say, the command line decides. Throws a UsageError, and config-invalid for the address or a file that cannot be read.
 */
export const clusterOf = async (
  given: GivenPlace,
  file: ClusterPlace | undefined
): Promise<ClusterOptions | undefined> => {
  const store = given.store ?? file?.store
  if (store === undefined) {
    const alone = Object.entries(given).find(([, value]) => value !== undefined)
    if (alone !== undefined)
      throw new UsageError(`${options[alone[0]]!} needs --cluster URL, or \`cluster\` in the configuration file`)
    return undefined
  }
  const fileOf = (field: 'passwordFile' | 'caFile' | 'certFile' | 'certKeyFile' | 'keysFile'): string | undefined =>
    given[field] ?? file?.[field]
  const [certFile, certKeyFile] = [fileOf('certFile'), fileOf('certKeyFile')]
  if (certFile === undefined && certKeyFile !== undefined)
    throw new UsageError(`${options['certKeyFile']!} needs ${options['certFile']!} FILE`)
  const password = (await read('password', fileOf('passwordFile')))?.replace(/\r?\n$/, '')
  const [ca, cert, keys] = [
    await read('CA', fileOf('caFile')),
    await read('certificate', certFile),
    await read('keys', fileOf('keysFile'))
  ]
  const key = await read('certificate key', certKeyFile) ?? cert
  // The library of the store is loaded where there is a cluster.
  const { RedisStore } = await import('@weirlb/cluster')
  return {
    node: given.node ?? file?.node ?? hostname(),
    configuration: given.configuration ?? file?.configuration,
    keys,
    store: new RedisStore(store, { password, ca, cert, key })
  }
}

const read = async (what: string, path: string | undefined): Promise<string | undefined> =>
  path === undefined ? undefined : await readFile(path, 'utf8').catch((error: unknown) => {
    throw new WeirError(
      'config-invalid',
      `cluster: the ${what} file '${path}' cannot be read (${(error as NodeJS.ErrnoException).code})`
    )
  })
