import { describeChoices } from '@weirlb/model'
import { UsageError } from '../usage-error.ts'
import { ask } from './rest.ts'

/** How the extension is named that `weir extension dev` replaces: by itself, or by what uses it. */
export interface Target {
  readonly name?: string | undefined
  readonly protocol?: string | undefined
  readonly vserver?: string | undefined
}

const choices = '--name NAME, --protocol PROTOCOL, or --vserver VSERVER: the user vserver whose clients will use it'

/** Returns the name of the extension. Rejects with not-found for a protocol or vserver that is not there. */
export const targetOf = async (api: string, { name, protocol, vserver }: Target): Promise<string> => {
  const given = [name, protocol, vserver].filter(one => one !== undefined)
  if (given.length !== 1)
    throw new UsageError(
      `weir extension dev needs one of ${choices}${given.length === 0 ? '' : `; there are ${given.length}`}`
    )
  if (name !== undefined) return name
  const protocols = protocol === undefined ? await protocolsOf(api, vserver!) : [protocol]
  for (const each of protocols) {
    const { extension } = (await ask(api, 'getUserProtocol', { path: { name: each } })).body
    if (extension !== undefined) return extension
  }
  throw new UsageError(
    `${protocol === undefined ? `--vserver ${vserver}` : `--protocol ${protocol}`}: ${describeChoices(protocols)} ${
      protocols.length === 1 ? 'has' : 'have'
    } no extension: HTTP requests are forwarded as they are`
  )
}

const protocolsOf = async (api: string, vserver: string): Promise<readonly string[]> => {
  const { protocol, protocols = [] } = (await ask(api, 'getUserVserver', { path: { name: vserver } })).body
  return [protocol, ...protocols]
}
