import type { Explanation } from '@weirlb/engine'
import type { ClientCertificate } from '@weirlb/link'
import type { ExplainOptions, UserVservers } from '../api/collections.ts'
import { required } from '../config/entities.ts'
import type { DataPlane } from '../data-plane.ts'
import type { Ground } from './entity-collection.ts'
import { DrainableCollection } from './switchable-collection.ts'

/** User vservers, and what would become of their clients. */
export class UserVserverCollection extends DrainableCollection<'userVservers'> implements UserVservers {
  readonly #plane: Pick<DataPlane, 'explain'>

  constructor (plane: Pick<DataPlane, 'explain'>, ground: Ground) {
    super('userVservers', ground)
    this.#plane = plane
  }

  async explain (name: string, bytes: Uint8Array, { side = 'client', client }: ExplainOptions = {}): Promise<Explanation> {
    this.editor.requireOpen()
    required(this.editor.config, 'userVservers', name)
    const { address = '127.0.0.1', port = 49152, serverName, certificate, psk } = client ?? {}
    return await this.#plane.explain({ userVserver: name, bytes, side, client: { address, port, serverName, certificate: certificate && certificateWith(certificate), psk } })
  }
}

/** Returns a certificate with exactly these facts. */
const certificateWith = ({ commonNames = [], dns = [], uris = [], emails = [], addresses = [], fingerprint = '', serial = '' }: NonNullable<NonNullable<ExplainOptions['client']>['certificate']>): ClientCertificate =>
  ({ subject: commonNames.map(value => ({ type: 'CN', value })), issuer: [], commonNames, dns, uris, emails, addresses, fingerprint, serial, notBefore: '', notAfter: '' })
