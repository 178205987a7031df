import { parseEntity, type Entity } from '@weirlb/model'
import type { FunctionTrial } from '@weirlb/engine'
import type { FunctionDeclaration, FunctionRequest } from '@weirlb/sdk/abi'
import type { EdgeFunctions, FunctionTestInput } from '../api/collections.ts'
import { asWeirError } from '../as-weir-error.ts'
import type { Bundler } from '../config/bundler.ts'
import { functionRolledBack } from '../config/extension-commands.ts'
import { functionHistory } from '../config/extension-history.ts'
import type { Versioned, WriteOptions } from '../config/versioned.ts'
import type { DataPlane } from '../data-plane.ts'
import { absoluteUrl } from './absolute-url.ts'
import { EntityCollection, type Ground } from './entity-collection.ts'

/** Edge functions, and what they would decide. */
export class EdgeFunctionCollection extends EntityCollection<'edgeFunctions'> implements EdgeFunctions {
  readonly #bundler: Bundler
  readonly #plane: Pick<DataPlane, 'validateFunction' | 'tryFunction'>

  constructor (bundler: Bundler, plane: Pick<DataPlane, 'validateFunction' | 'tryFunction'>, ground: Ground) {
    super('edgeFunctions', ground)
    this.#bundler = bundler
    this.#plane = plane
  }

  async rollback (name: string, options: WriteOptions = {}): Promise<Versioned<Entity<'edgeFunctions'>>> {
    await this.editor.rewrite('edgeFunctions', name, options, functionRolledBack, {
      turn: { extension: functionHistory(name), rollback: true }
    })
    return this.require(name)
  }

  async validate (
    source: string,
    { check }: { readonly check?: Entity<'edgeFunctions'>['check'] | undefined } = {}
  ): Promise<FunctionDeclaration> {
    this.editor.requireOpen()
    // Checked like a new function.
    parseEntity('edgeFunctions', { name: 'function', source })
    const bundle = await this.#bundler.source('function', source, 'function')
    const types = check === 'off' ? undefined : this.#bundler.types('function', source, 'function')
    // What is wrong with the module as a whole comes first.
    types?.catch(() => {})
    try {
      const declaration = await this.#plane.validateFunction(bundle)
      await types
      return declaration
    } catch (error) {
      throw asWeirError(error)
    }
  }

  async test (name: string, input: FunctionTestInput): Promise<FunctionTrial> {
    this.editor.requireOpen()
    const { value } = this.require(name)
    const request = requestOf(input)
    const [config] = await this.#bundler.functions({ ...this.editor.config, edgeFunctions: [value] })
    try { return await this.#plane.tryFunction(config!, request) } catch (error) { throw asWeirError(error) }
  }
}

/** Returns a request as a client would send it. Throws body-invalid. */
const requestOf = (
  { method = 'GET', url, headers = {}, upgrade = false, address = '127.0.0.1', userVserver = 'test' }: FunctionTestInput
): FunctionRequest => {
  const { host: urlHost } = absoluteUrl(url, 'url')
  const pairs = Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map(each => [name.toLowerCase(), each] as const)
  )
  const host = pairs.some(([name]) => name === 'host') ? [] : [['host', urlHost] as const]
  return {
    method,
    url: url.replace(/#.*$/s, ''),
    headers: [...host, ...pairs],
    upgrade,
    body: pairs.some(([name, value]) =>
      name === 'transfer-encoding' || (name === 'content-length' && Number(value) > 0)
    ),
    client: {
      address,
      port: 0,
      tlsVersion: url.startsWith('https') ? 'TLSv1.3' : undefined,
      serverName: undefined,
      certificate: undefined
    },
    userVserver
  }
}
