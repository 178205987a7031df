import { extensionAmong, lookUp, managedChecksOf, managedRules, protocolsOf } from '@weirlb/model'
import { tryRules, validateExpression, type RulePlace, type RuleTrial, type ValidatedExpression } from '@weirlb/engine'
import type { Rules, RuleTrialInput } from '../api/collections.ts'
import { find, required } from '../config/entities.ts'
import type { Ground } from './entity-collection.ts'
import { SwitchableCollection } from './switchable-collection.ts'

/** Rules, and what they would decide. */
export class RuleCollection extends SwitchableCollection<'rules'> implements Rules {
  constructor (ground: Ground) { super('rules', ground) }

  validate (expression: string): ValidatedExpression {
    const { config } = this.editor
    return validateExpression(expression, config.userVservers.map(({ name }) => this.#placeOf(name)), config.lists)
  }

  test ({ userVserver, fields, phase }: RuleTrialInput): RuleTrial {
    required(this.editor.config, 'userVservers', userVserver)
    const { rules, lists, managedChecks } = this.editor.config
    const managed = managedChecksOf(managedChecks, userVserver).flatMap(managedRules)
    return tryRules([...rules, ...managed], lists, this.#placeOf(userVserver), fields, phase)
  }

  #placeOf (userVserver: string): RulePlace {
    const { config, declarations } = this.editor.revision
    const extension = extensionAmong(
      protocolsOf(find(config, 'userVservers', userVserver)!, name => find(config, 'userProtocols', name))
    )
    return { userVserver, declaration: extension === undefined ? undefined : lookUp(declarations, extension) }
  }
}
