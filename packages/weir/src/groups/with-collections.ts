import type { Collections } from '../api/collections.ts'

/** Shows every collection as a property of its name. */
export abstract class WithCollections implements Collections {
  protected abstract readonly collections: Collections

  get extensions (): Collections['extensions'] { return this.collections.extensions }
  get userProtocols (): Collections['userProtocols'] { return this.collections.userProtocols }
  get certkeys (): Collections['certkeys'] { return this.collections.certkeys }
  get monitors (): Collections['monitors'] { return this.collections.monitors }
  get services (): Collections['services'] { return this.collections.services }
  get serviceGroups (): Collections['serviceGroups'] { return this.collections.serviceGroups }
  get lbVservers (): Collections['lbVservers'] { return this.collections.lbVservers }
  get glbs (): Collections['glbs'] { return this.collections.glbs }
  get userVservers (): Collections['userVservers'] { return this.collections.userVservers }
  get geoDatabases (): Collections['geoDatabases'] { return this.collections.geoDatabases }
  get lists (): Collections['lists'] { return this.collections.lists }
  get accessRules (): Collections['accessRules'] { return this.collections.accessRules }
  get lockdowns (): Collections['lockdowns'] { return this.collections.lockdowns }
  get userAgentRules (): Collections['userAgentRules'] { return this.collections.userAgentRules }
  get rules (): Collections['rules'] { return this.collections.rules }
  get edgeFunctions (): Collections['edgeFunctions'] { return this.collections.edgeFunctions }
  get rateLimits (): Collections['rateLimits'] { return this.collections.rateLimits }
  get triggers (): Collections['triggers'] { return this.collections.triggers }
  get managedChecks (): Collections['managedChecks'] { return this.collections.managedChecks }
}
