import type { Extension, Stats } from '@weirlb/admin/client'
import { call } from '../../api/api.ts'

/** Statistics of an extension. */
export type ExtensionFigures = Stats['extensions'][string]

/** An extension, what it does, and who uses it. */
export interface ExtensionRow {
  readonly extension: Extension
  /** Undefined: no worker has any yet. */
  readonly figures: ExtensionFigures | undefined
  readonly uses: Uses
}

/** What names an extension. */
export interface Uses {
  readonly protocols: readonly string[]
  readonly vservers: readonly string[]
  readonly monitors: readonly string[]
}

/** One version that is loaded. */
export type Version = NonNullable<NonNullable<Extension['status']>['versions']>[number]

/** Returns the versions of an extension, newest first. */
export const versionsOf = ({ status }: Extension): readonly Version[] => status?.versions ?? []

/** Returns how many connections all versions of an extension have. */
export const connectionsOf = (extension: Extension): number =>
  versionsOf(extension).reduce((sum, { connections }) => sum + connections, 0)

/** Ask for every extension, with its figures and uses. */
export const loadExtensions = async (): Promise<readonly ExtensionRow[]> => {
  const [extensions, stats, protocols, vservers, monitors] = await Promise.all([
    call('listExtensions'), call('getStats'), call('listUserProtocols'), call('listUserVservers'), call('listMonitors')
  ])
  return extensions.body.items.map(extension => {
    const { name } = extension
    const used = protocols.body.items.filter(protocol => protocol.extension === name).map(protocol => protocol.name)
    return {
      extension,
      figures: Object.hasOwn(stats.body.extensions, name) ? stats.body.extensions[name] : undefined,
      uses: {
        protocols: used,
        vservers: vservers.body.items.filter(({ protocol, protocols }) =>
          [protocol, ...protocols].some(of => used.includes(of))
        ).map(vserver => vserver.name),
        monitors: monitors.body.items.filter(monitor => monitor.type === 'extension' && monitor.extension === name).map(
          monitor => monitor.name
        )
      }
    }
  })
}
