import type { ClientFacts } from '@weirlb/link'
import type { FieldDeclaration } from '@weirlb/sdk/abi'
import type { DecisionSubject } from '../decisions/decision.ts'
import type { Geo } from '../geo/geo.ts'
import { rolesOf } from './field-roles.ts'

/** A connection whose client may have a name. */
export interface NamedConnection {
  readonly id: string
  readonly declaration: { readonly fields: readonly FieldDeclaration[] }
  /** Fields that the extension shows to the log, by the index of the declared field. */
  readonly fields: readonly (string | undefined)[] | undefined
}

/** A client that something besides rules decides about. Where its address is, is looked up when it is asked for. */
export class ClientSubject implements DecisionSubject {
  readonly vserver: { readonly name: string, readonly geo?: Geo | undefined }
  readonly facts: ClientFacts
  readonly connection: NamedConnection | undefined

  constructor (vserver: ClientSubject['vserver'], facts: ClientFacts, connection?: NamedConnection) {
    this.vserver = vserver
    this.facts = facts
    this.connection = connection
  }

  get country (): string | undefined {
    return this.vserver.geo?.countryOf(this.facts.address)
  }
  get asn (): number | undefined {
    return this.vserver.geo?.asnOf(this.facts.address)
  }
  get clientId (): string | undefined {
    return this.connection?.fields?.[rolesOf(this.connection.declaration.fields).clientId]
  }
}
