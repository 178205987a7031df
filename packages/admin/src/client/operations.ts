// Made by `npm run docs` from the description of the API. Do not edit.

/** Every operation of the API: what it takes, and what it answers. */
export interface Operations {
  /** List every extension. */
  listExtensions: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: ExtensionList }
  /** Create an extension. */
  createExtension: { readonly path: undefined, readonly query: undefined, readonly body: ExtensionInput, readonly answer: Extension }
  /** Show an extension. */
  getExtension: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: Extension }
  /** Replace an extension. */
  replaceExtension: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: ExtensionReplacement, readonly answer: Extension }
  /** Change fields of an extension. */
  patchExtension: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: ExtensionPatch, readonly answer: Extension }
  /** Delete an extension. */
  deleteExtension: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: undefined }
  /** List every user protocol. */
  listUserProtocols: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: UserProtocolList }
  /** Create a user protocol. */
  createUserProtocol: { readonly path: undefined, readonly query: undefined, readonly body: UserProtocolInput, readonly answer: UserProtocol }
  /** Show a user protocol. */
  getUserProtocol: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: UserProtocol }
  /** Replace a user protocol. */
  replaceUserProtocol: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: UserProtocolReplacement, readonly answer: UserProtocol }
  /** Change fields of a user protocol. */
  patchUserProtocol: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: UserProtocolPatch, readonly answer: UserProtocol }
  /** Delete a user protocol. */
  deleteUserProtocol: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: undefined }
  /** List every certkey. */
  listCertkeys: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: CertkeyList }
  /** Create a certkey. */
  createCertkey: { readonly path: undefined, readonly query: undefined, readonly body: CertkeyInput, readonly answer: Certkey }
  /** Show a certkey. */
  getCertkey: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: Certkey }
  /** Replace a certkey. */
  replaceCertkey: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: CertkeyReplacement, readonly answer: Certkey }
  /** Change fields of a certkey. */
  patchCertkey: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: CertkeyPatch, readonly answer: Certkey }
  /** Delete a certkey. */
  deleteCertkey: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: undefined }
  /** List every monitor. */
  listMonitors: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: MonitorList }
  /** Create a monitor. */
  createMonitor: { readonly path: undefined, readonly query: undefined, readonly body: MonitorInput, readonly answer: Monitor }
  /** Show a monitor. */
  getMonitor: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: Monitor }
  /** Replace a monitor. */
  replaceMonitor: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: MonitorReplacement, readonly answer: Monitor }
  /** Change fields of a monitor. */
  patchMonitor: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: MonitorPatch, readonly answer: Monitor }
  /** Delete a monitor. */
  deleteMonitor: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: undefined }
  /** List every service. */
  listServices: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: ServiceList }
  /** Create a service. */
  createService: { readonly path: undefined, readonly query: undefined, readonly body: ServiceInput, readonly answer: Service }
  /** Show a service. */
  getService: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: Service }
  /** Replace a service. */
  replaceService: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: ServiceReplacement, readonly answer: Service }
  /** Change fields of a service. */
  patchService: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: ServicePatch, readonly answer: Service }
  /** Delete a service. */
  deleteService: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: undefined }
  /** Enable a service. */
  enableService: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: Service }
  /** List every service group. */
  listServiceGroups: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: ServiceGroupList }
  /** Create a service group. */
  createServiceGroup: { readonly path: undefined, readonly query: undefined, readonly body: ServiceGroupInput, readonly answer: ServiceGroup }
  /** Show a service group. */
  getServiceGroup: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: ServiceGroup }
  /** Replace a service group. */
  replaceServiceGroup: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: ServiceGroupReplacement, readonly answer: ServiceGroup }
  /** Change fields of a service group. */
  patchServiceGroup: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: ServiceGroupPatch, readonly answer: ServiceGroup }
  /** Delete a service group. */
  deleteServiceGroup: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: undefined }
  /** Enable a service group. */
  enableServiceGroup: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: ServiceGroup }
  /** Disable a service group. */
  disableServiceGroup: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: ServiceGroup }
  /** Drain a service group. */
  drainServiceGroup: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: ServiceGroup }
  /** List every LB vserver. */
  listLbVservers: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: LbVserverList }
  /** Create an LB vserver. */
  createLbVserver: { readonly path: undefined, readonly query: undefined, readonly body: LbVserverInput, readonly answer: LbVserver }
  /** Show an LB vserver. */
  getLbVserver: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: LbVserver }
  /** Replace an LB vserver. */
  replaceLbVserver: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: LbVserverReplacement, readonly answer: LbVserver }
  /** Change fields of an LB vserver. */
  patchLbVserver: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: LbVserverPatch, readonly answer: LbVserver }
  /** Delete an LB vserver. */
  deleteLbVserver: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: undefined }
  /** Enable an LB vserver. */
  enableLbVserver: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: LbVserver }
  /** Disable an LB vserver. */
  disableLbVserver: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: LbVserver }
  /** List every GLB. */
  listGlbs: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: GlbList }
  /** Create a GLB. */
  createGlb: { readonly path: undefined, readonly query: undefined, readonly body: GlbInput, readonly answer: Glb }
  /** Show a GLB. */
  getGlb: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: Glb }
  /** Replace a GLB. */
  replaceGlb: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: GlbReplacement, readonly answer: Glb }
  /** Change fields of a GLB. */
  patchGlb: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: GlbPatch, readonly answer: Glb }
  /** Delete a GLB. */
  deleteGlb: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: undefined }
  /** Enable a GLB. */
  enableGlb: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: Glb }
  /** Disable a GLB. */
  disableGlb: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: Glb }
  /** List every user vserver. */
  listUserVservers: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: UserVserverList }
  /** Create a user vserver. */
  createUserVserver: { readonly path: undefined, readonly query: undefined, readonly body: UserVserverInput, readonly answer: UserVserver }
  /** Show a user vserver. */
  getUserVserver: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: UserVserver }
  /** Replace a user vserver. */
  replaceUserVserver: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: UserVserverReplacement, readonly answer: UserVserver }
  /** Change fields of a user vserver. */
  patchUserVserver: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: UserVserverPatch, readonly answer: UserVserver }
  /** Delete a user vserver. */
  deleteUserVserver: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: undefined }
  /** Enable a user vserver. */
  enableUserVserver: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: UserVserver }
  /** Disable a user vserver. */
  disableUserVserver: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: UserVserver }
  /** Drain a user vserver. */
  drainUserVserver: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: UserVserver }
  /** List every geo database. */
  listGeoDatabases: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: GeoDatabaseList }
  /** Create a geo database. */
  createGeoDatabase: { readonly path: undefined, readonly query: undefined, readonly body: GeoDatabaseInput, readonly answer: GeoDatabase }
  /** Show a geo database. */
  getGeoDatabase: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: GeoDatabase }
  /** Replace a geo database. */
  replaceGeoDatabase: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: GeoDatabaseReplacement, readonly answer: GeoDatabase }
  /** Change fields of a geo database. */
  patchGeoDatabase: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: GeoDatabasePatch, readonly answer: GeoDatabase }
  /** Delete a geo database. */
  deleteGeoDatabase: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: undefined }
  /** List every list. */
  listLists: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: ListList }
  /** Create a list. */
  createList: { readonly path: undefined, readonly query: undefined, readonly body: ListInput, readonly answer: List }
  /** Show a list. */
  getList: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: List }
  /** Replace a list. */
  replaceList: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: ListReplacement, readonly answer: List }
  /** Change fields of a list. */
  patchList: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: ListPatch, readonly answer: List }
  /** Delete a list. */
  deleteList: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: undefined }
  /** List every access rule. */
  listAccessRules: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: AccessRuleList }
  /** Create an access rule. */
  createAccessRule: { readonly path: undefined, readonly query: undefined, readonly body: AccessRuleInput, readonly answer: AccessRule }
  /** Show an access rule. */
  getAccessRule: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: AccessRule }
  /** Replace an access rule. */
  replaceAccessRule: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: AccessRuleReplacement, readonly answer: AccessRule }
  /** Change fields of an access rule. */
  patchAccessRule: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: AccessRulePatch, readonly answer: AccessRule }
  /** Delete an access rule. */
  deleteAccessRule: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: undefined }
  /** Enable an access rule. */
  enableAccessRule: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: AccessRule }
  /** Disable an access rule. */
  disableAccessRule: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: AccessRule }
  /** List every lockdown. */
  listLockdowns: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: LockdownList }
  /** Create a lockdown. */
  createLockdown: { readonly path: undefined, readonly query: undefined, readonly body: LockdownInput, readonly answer: Lockdown }
  /** Show a lockdown. */
  getLockdown: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: Lockdown }
  /** Replace a lockdown. */
  replaceLockdown: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: LockdownReplacement, readonly answer: Lockdown }
  /** Change fields of a lockdown. */
  patchLockdown: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: LockdownPatch, readonly answer: Lockdown }
  /** Delete a lockdown. */
  deleteLockdown: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: undefined }
  /** Enable a lockdown. */
  enableLockdown: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: Lockdown }
  /** Disable a lockdown. */
  disableLockdown: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: Lockdown }
  /** List every user agent rule. */
  listUserAgentRules: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: UserAgentRuleList }
  /** Create a user agent rule. */
  createUserAgentRule: { readonly path: undefined, readonly query: undefined, readonly body: UserAgentRuleInput, readonly answer: UserAgentRule }
  /** Show a user agent rule. */
  getUserAgentRule: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: UserAgentRule }
  /** Replace a user agent rule. */
  replaceUserAgentRule: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: UserAgentRuleReplacement, readonly answer: UserAgentRule }
  /** Change fields of a user agent rule. */
  patchUserAgentRule: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: UserAgentRulePatch, readonly answer: UserAgentRule }
  /** Delete a user agent rule. */
  deleteUserAgentRule: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: undefined }
  /** Enable a user agent rule. */
  enableUserAgentRule: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: UserAgentRule }
  /** Disable a user agent rule. */
  disableUserAgentRule: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: UserAgentRule }
  /** List every rule. */
  listRules: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: RuleList }
  /** Create a rule. */
  createRule: { readonly path: undefined, readonly query: undefined, readonly body: RuleInput, readonly answer: Rule }
  /** Show a rule. */
  getRule: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: Rule }
  /** Replace a rule. */
  replaceRule: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: RuleReplacement, readonly answer: Rule }
  /** Change fields of a rule. */
  patchRule: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: RulePatch, readonly answer: Rule }
  /** Delete a rule. */
  deleteRule: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: undefined }
  /** Enable a rule. */
  enableRule: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: Rule }
  /** Disable a rule. */
  disableRule: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: Rule }
  /** List every edge function. */
  listEdgeFunctions: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: EdgeFunctionList }
  /** Create an edge function. */
  createEdgeFunction: { readonly path: undefined, readonly query: undefined, readonly body: EdgeFunctionInput, readonly answer: EdgeFunction }
  /** Show an edge function. */
  getEdgeFunction: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: EdgeFunction }
  /** Replace an edge function. */
  replaceEdgeFunction: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: EdgeFunctionReplacement, readonly answer: EdgeFunction }
  /** Change fields of an edge function. */
  patchEdgeFunction: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: EdgeFunctionPatch, readonly answer: EdgeFunction }
  /** Delete an edge function. */
  deleteEdgeFunction: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: undefined }
  /** List every trigger. */
  listTriggers: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: TriggerList }
  /** Create a trigger. */
  createTrigger: { readonly path: undefined, readonly query: undefined, readonly body: TriggerInput, readonly answer: Trigger }
  /** Show a trigger. */
  getTrigger: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: Trigger }
  /** Replace a trigger. */
  replaceTrigger: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: TriggerReplacement, readonly answer: Trigger }
  /** Change fields of a trigger. */
  patchTrigger: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: TriggerPatch, readonly answer: Trigger }
  /** Delete a trigger. */
  deleteTrigger: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: undefined }
  /** Enable a trigger. */
  enableTrigger: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: Trigger }
  /** Disable a trigger. */
  disableTrigger: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: Trigger }
  /** List every rate limit. */
  listRateLimits: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: RateLimitList }
  /** Create a rate limit. */
  createRateLimit: { readonly path: undefined, readonly query: undefined, readonly body: RateLimitInput, readonly answer: RateLimit }
  /** Show a rate limit. */
  getRateLimit: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: RateLimit }
  /** Replace a rate limit. */
  replaceRateLimit: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: RateLimitReplacement, readonly answer: RateLimit }
  /** Change fields of a rate limit. */
  patchRateLimit: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: RateLimitPatch, readonly answer: RateLimit }
  /** Delete a rate limit. */
  deleteRateLimit: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: undefined }
  /** Enable a rate limit. */
  enableRateLimit: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: RateLimit }
  /** Disable a rate limit. */
  disableRateLimit: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: RateLimit }
  /** List every managed check. */
  listManagedChecks: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: ManagedCheckList }
  /** Create a managed check. */
  createManagedCheck: { readonly path: undefined, readonly query: undefined, readonly body: ManagedCheckInput, readonly answer: ManagedCheck }
  /** Show a managed check. */
  getManagedCheck: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: ManagedCheck }
  /** Replace a managed check. */
  replaceManagedCheck: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: ManagedCheckReplacement, readonly answer: ManagedCheck }
  /** Change fields of a managed check. */
  patchManagedCheck: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: ManagedCheckPatch, readonly answer: ManagedCheck }
  /** Delete a managed check. */
  deleteManagedCheck: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: undefined }
  /** Enable a managed check. */
  enableManagedCheck: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: ManagedCheck }
  /** Disable a managed check. */
  disableManagedCheck: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: ManagedCheck }
  /** Roll an extension back to its previous version. */
  rollbackExtension: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: Extension }
  /** Promote the canary of an extension. */
  promoteExtension: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: Extension }
  /** Order the certificate of a certkey now. */
  orderCertkey: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: Certkey }
  /** Bind a service to an LB vserver. */
  bindService: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: BindingInput, readonly answer: LbVserver }
  /** Unbind a service from an LB vserver. */
  unbindService: { readonly path: { readonly name: string, readonly service: string }, readonly query: undefined, readonly body: undefined, readonly answer: LbVserver }
  /** Bind a monitor to a service. */
  bindMonitor: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: MonitorBinding, readonly answer: Service }
  /** Unbind a monitor from a service. */
  unbindMonitor: { readonly path: { readonly name: string, readonly monitor: string }, readonly query: undefined, readonly body: undefined, readonly answer: Service }
  /** Bind a monitor to a service group. */
  bindMonitorOfGroup: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: MonitorBinding, readonly answer: ServiceGroup }
  /** Unbind a monitor from a service group. */
  unbindMonitorOfGroup: { readonly path: { readonly name: string, readonly monitor: string }, readonly query: undefined, readonly body: undefined, readonly answer: ServiceGroup }
  /** Bind a monitor to an LB vserver. */
  bindMonitorOfLbVserver: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: MonitorBinding, readonly answer: LbVserver }
  /** Unbind a monitor from an LB vserver. */
  unbindMonitorOfLbVserver: { readonly path: { readonly name: string, readonly monitor: string }, readonly query: undefined, readonly body: undefined, readonly answer: LbVserver }
  /** Add a member to a service group. */
  addMember: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: MemberInput, readonly answer: ServiceGroup }
  /** Change fields of a member of a service group. */
  patchMember: { readonly path: { readonly name: string, readonly member: string }, readonly query: undefined, readonly body: MemberChange, readonly answer: ServiceGroup }
  /** Remove a member from a service group. */
  removeMember: { readonly path: { readonly name: string, readonly member: string }, readonly query: undefined, readonly body: undefined, readonly answer: ServiceGroup }
  /** Enable a member of a service group. */
  enableMember: { readonly path: { readonly name: string, readonly member: string }, readonly query: undefined, readonly body: undefined, readonly answer: ServiceGroup }
  /** Disable a member of a service group. */
  disableMember: { readonly path: { readonly name: string, readonly member: string }, readonly query: undefined, readonly body: undefined, readonly answer: ServiceGroup }
  /** Drain a member of a service group. */
  drainMember: { readonly path: { readonly name: string, readonly member: string }, readonly query: undefined, readonly body: undefined, readonly answer: ServiceGroup }
  /** Add and remove items of a list. */
  changeListItems: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: ListChangeInput, readonly answer: List }
  /** Show the whole configuration. */
  getConfig: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: Config }
  /** Replace the whole configuration. */
  replaceConfig: { readonly path: undefined, readonly query: undefined, readonly body: ConfigInput, readonly answer: Config }
  /** Check a configuration without applying it. */
  checkConfig: { readonly path: undefined, readonly query: undefined, readonly body: ConfigInput, readonly answer: ConfigPlan }
  /** List the revisions of the configuration. */
  listRevisions: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: Revisions }
  /** Show a revision. */
  getRevision: { readonly path: { readonly id: string }, readonly query: undefined, readonly body: undefined, readonly answer: RevisionDocument }
  /** Show what a revision changed. */
  diffRevision: { readonly path: { readonly id: string }, readonly query: { readonly from?: number | undefined }, readonly body: undefined, readonly answer: RevisionDiff }
  /** Run the configuration of a revision again. */
  rollbackRevision: { readonly path: { readonly id: string }, readonly query: undefined, readonly body: undefined, readonly answer: Config }
  /** Make many changes at once. */
  runTransaction: { readonly path: undefined, readonly query: undefined, readonly body: TransactionInput, readonly answer: TransactionDone }
  /** Run commands of NetScaler's language. */
  execCommands: { readonly path: undefined, readonly query: undefined, readonly body: ExecInput, readonly answer: ExecDone }
  /** Complete a command of NetScaler's language. */
  completeCommand: { readonly path: undefined, readonly query: { readonly line?: string | undefined }, readonly body: undefined, readonly answer: Completions }
  /** Drain a service. */
  drainService: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: DrainInput | undefined, readonly answer: Job }
  /** Disable a service. */
  disableService: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: DisableInput | undefined, readonly answer: Service }
  /** Rebalance an LB vserver. */
  rebalanceLbVserver: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: RebalanceInput, readonly answer: Job }
  /** List the jobs. */
  listJobs: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: Jobs }
  /** Show a job. */
  getJob: { readonly path: { readonly id: string }, readonly query: undefined, readonly body: undefined, readonly answer: Job }
  /** Pause a job. */
  pauseJob: { readonly path: { readonly id: string }, readonly query: undefined, readonly body: undefined, readonly answer: Job }
  /** Resume a paused job. */
  resumeJob: { readonly path: { readonly id: string }, readonly query: undefined, readonly body: undefined, readonly answer: Job }
  /** Cancel a job. */
  cancelJob: { readonly path: { readonly id: string }, readonly query: undefined, readonly body: undefined, readonly answer: Job }
  /** List persistence entries. */
  listSessions: { readonly path: undefined, readonly query: { readonly lbVserver?: string | undefined, readonly type?: 'user-session' | 'source-ip' | 'ssl-session' | 'cookie' | 'rule' | undefined, readonly key?: string | undefined, readonly limit?: number | undefined }, readonly body: undefined, readonly answer: Sessions }
  /** Set a persistence entry. */
  setSession: { readonly path: undefined, readonly query: undefined, readonly body: SessionInput, readonly answer: SetSessions }
  /** Delete persistence entries. */
  deleteSessions: { readonly path: undefined, readonly query: { readonly lbVserver?: string | undefined, readonly type?: 'user-session' | 'source-ip' | 'ssl-session' | 'cookie' | 'rule' | undefined, readonly key?: string | undefined, readonly all?: 'true' | undefined, readonly limit?: number | undefined }, readonly body: undefined, readonly answer: DeletedSessions }
  /** Set many persistence entries. */
  importSessions: { readonly path: undefined, readonly query: undefined, readonly body: readonly SessionInput[], readonly answer: SetSessions }
  /** Export persistence entries. */
  exportSessions: { readonly path: undefined, readonly query: { readonly lbVserver?: string | undefined, readonly type?: 'user-session' | 'source-ip' | 'ssl-session' | 'cookie' | 'rule' | undefined, readonly key?: string | undefined }, readonly body: undefined, readonly answer: readonly Session[] }
  /** Validate the source of an extension. */
  validateExtension: { readonly path: undefined, readonly query: undefined, readonly body: ExtensionSource, readonly answer: Declaration }
  /** List live connections, or stream them. */
  listConnections: { readonly path: undefined, readonly query: { readonly userVserver?: string | undefined, readonly service?: string | undefined, readonly session?: string | undefined, readonly client?: string | undefined, readonly reason?: 'client-closed' | 'server-closed' | 'client-reset' | 'server-reset' | 'rejected' | 'protocol-error' | 'first-message-timeout' | 'idle-timeout' | 'extension-error' | 'extension-down' | 'no-service' | 'session-unknown' | 'dial-failed' | 'first-reply-timeout' | 'reply-missing' | 'reply-unexpected' | 'service-down' | 'not-allowed' | 'rule' | 'function' | 'function-failed' | 'rate-limit' | 'banned' | 'limit' | 'flood' | 'challenged' | 'no-protocol' | 'proxy-failed' | 'proxy-silent' | 'tls-failed' | 'clear-after-start-tls' | 'http-failed' | 'upgrade-refused' | 'client-unverified' | 'draining' | 'rebalanced' | 'shutdown' | 'killed' | 'worker-lost' | 'internal-error' | undefined, readonly limit?: number | undefined }, readonly body: undefined, readonly answer: Connections }
  /** Show a connection. */
  getConnection: { readonly path: { readonly id: string }, readonly query: undefined, readonly body: undefined, readonly answer: Connection }
  /** Close a connection. */
  killConnection: { readonly path: { readonly id: string }, readonly query: undefined, readonly body: undefined, readonly answer: undefined }
  /** Show the health of a service and its history. */
  getServiceHealth: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: ServiceHealth }
  /** Show the latest hour of figures, or stream them. */
  getHistory: { readonly path: undefined, readonly query: { readonly userVserver?: string | undefined }, readonly body: undefined, readonly answer: History }
  /** Explain the treatment of a client. */
  explain: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: ExplainInput, readonly answer: Explanation }
  /** Validate an expression. */
  validateRule: { readonly path: undefined, readonly query: undefined, readonly body: ExpressionInput, readonly answer: ValidatedExpression }
  /** Test what rules decide. */
  testRules: { readonly path: undefined, readonly query: undefined, readonly body: RuleTestInput, readonly answer: RuleTest }
  /** List the groups of managed checks. */
  listManagedGroups: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: ManagedGroups }
  /** Search security events, or stream them. */
  listSecurityEvents: { readonly path: undefined, readonly query: { readonly id?: string | undefined, readonly kind?: string | undefined, readonly name?: string | undefined, readonly action?: string | undefined, readonly phase?: string | undefined, readonly simulated?: 'true' | 'false' | undefined, readonly userVserver?: string | undefined, readonly address?: string | undefined, readonly clientId?: string | undefined, readonly topic?: string | undefined, readonly country?: string | undefined, readonly asn?: number | undefined, readonly connection?: string | undefined, readonly since?: string | undefined, readonly until?: string | undefined, readonly before?: string | undefined, readonly limit?: number | undefined }, readonly body: undefined, readonly answer: SecurityEvents }
  /** Show whom the edge decides about most often. */
  getSecurityTop: { readonly path: undefined, readonly query: { readonly by?: 'address' | 'clientId' | 'topic' | 'country' | 'asn' | undefined, readonly effect?: 'acted' | 'observed' | undefined, readonly limit?: number | undefined }, readonly body: undefined, readonly answer: SecurityTop }
  /** List presets of rate limits. */
  listRateLimitPresets: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: RateLimitPresets }
  /** List the fullest counters of a rate limit. */
  listRateLimitCounters: { readonly path: { readonly name: string }, readonly query: { readonly limit?: number | undefined }, readonly body: undefined, readonly answer: RateLimitCounters }
  /** List bans. */
  listBans: { readonly path: undefined, readonly query: { readonly limit?: number | undefined }, readonly body: undefined, readonly answer: Bans }
  /** Ban an address. */
  setBan: { readonly path: undefined, readonly query: undefined, readonly body: BanInput, readonly answer: Ban }
  /** Lift all bans. */
  deleteBans: { readonly path: undefined, readonly query: { readonly all?: 'true' | undefined }, readonly body: undefined, readonly answer: DeletedBans }
  /** Show the ban of an address. */
  getBan: { readonly path: { readonly address: string }, readonly query: undefined, readonly body: undefined, readonly answer: Ban }
  /** Lift the ban of an address. */
  deleteBan: { readonly path: { readonly address: string }, readonly query: undefined, readonly body: undefined, readonly answer: undefined }
  /** List the controls against floods. */
  listFloodControls: { readonly path: undefined, readonly query: { readonly userVserver?: string | undefined }, readonly body: undefined, readonly answer: FloodControls }
  /** Validate the source of an edge function. */
  validateEdgeFunction: { readonly path: undefined, readonly query: undefined, readonly body: FunctionSource, readonly answer: FunctionDeclaration }
  /** Roll an edge function back to its previous version. */
  rollbackEdgeFunction: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: EdgeFunction }
  /** Test what an edge function decides. */
  testEdgeFunction: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: FunctionTestInput, readonly answer: FunctionTest }
  /** Show which trigger counts for a URL. */
  matchTriggers: { readonly path: undefined, readonly query: undefined, readonly body: TriggerMatchInput, readonly answer: TriggerMatches }
  /** List the nodes of the cluster. */
  listNodes: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: Nodes }
  /** Show a trace, or stream it. */
  getTrace: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: TraceStatus }
  /** Trace an extension for a limited time. */
  setTrace: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: TraceInput, readonly answer: TraceStatus }
  /** Stream events. */
  streamEvents: { readonly path: undefined, readonly query: { readonly type?: string | undefined }, readonly body: undefined, readonly answer: undefined }
  /** List the tokens. */
  listTokens: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: ApiTokens }
  /** Create a token. */
  createToken: { readonly path: undefined, readonly query: undefined, readonly body: TokenInput, readonly answer: NewApiToken }
  /** Show a token. */
  getToken: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: ApiToken }
  /** Revoke a token. */
  deleteToken: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: undefined, readonly answer: undefined }
  /** Give a token a new secret. */
  rotateToken: { readonly path: { readonly name: string }, readonly query: undefined, readonly body: RotateInput | undefined, readonly answer: NewApiToken }
  /** Show who has changed what. */
  listAudit: { readonly path: undefined, readonly query: { readonly who?: string | undefined, readonly action?: string | undefined, readonly collection?: 'extensions' | 'userProtocols' | 'certkeys' | 'monitors' | 'services' | 'serviceGroups' | 'lbVservers' | 'glbs' | 'userVservers' | 'geoDatabases' | 'lists' | 'accessRules' | 'lockdowns' | 'userAgentRules' | 'rules' | 'edgeFunctions' | 'triggers' | 'rateLimits' | 'managedChecks' | undefined, readonly name?: string | undefined, readonly code?: string | undefined, readonly result?: 'ok' | 'refused' | undefined, readonly since?: string | undefined, readonly until?: string | undefined, readonly before?: number | undefined, readonly limit?: number | undefined }, readonly body: undefined, readonly answer: AuditEntries }
  /** Show the health of the server. */
  getHealth: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: Health }
  /** Show every counter. */
  getStats: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: Stats }
  /** Show the log level. */
  getLog: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: LogLevel }
  /** Set the log level. */
  setLog: { readonly path: undefined, readonly query: undefined, readonly body: LogLevel, readonly answer: LogLevel }
  /** List every error code. */
  listErrors: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: ErrorPages }
  /** Explain an error code. */
  getError: { readonly path: { readonly code: string }, readonly query: undefined, readonly body: undefined, readonly answer: ErrorPage }
  /** Describe this API. */
  getOpenApi: { readonly path: undefined, readonly query: undefined, readonly body: undefined, readonly answer: OpenApiDocument }
}

/** Method and path of every operation. */
export const operations = {
  listExtensions: ['GET', '/v1/extensions'],
  createExtension: ['POST', '/v1/extensions'],
  getExtension: ['GET', '/v1/extensions/{name}'],
  replaceExtension: ['PUT', '/v1/extensions/{name}'],
  patchExtension: ['PATCH', '/v1/extensions/{name}', 'application/merge-patch+json'],
  deleteExtension: ['DELETE', '/v1/extensions/{name}'],
  listUserProtocols: ['GET', '/v1/user-protocols'],
  createUserProtocol: ['POST', '/v1/user-protocols'],
  getUserProtocol: ['GET', '/v1/user-protocols/{name}'],
  replaceUserProtocol: ['PUT', '/v1/user-protocols/{name}'],
  patchUserProtocol: ['PATCH', '/v1/user-protocols/{name}', 'application/merge-patch+json'],
  deleteUserProtocol: ['DELETE', '/v1/user-protocols/{name}'],
  listCertkeys: ['GET', '/v1/certkeys'],
  createCertkey: ['POST', '/v1/certkeys'],
  getCertkey: ['GET', '/v1/certkeys/{name}'],
  replaceCertkey: ['PUT', '/v1/certkeys/{name}'],
  patchCertkey: ['PATCH', '/v1/certkeys/{name}', 'application/merge-patch+json'],
  deleteCertkey: ['DELETE', '/v1/certkeys/{name}'],
  listMonitors: ['GET', '/v1/monitors'],
  createMonitor: ['POST', '/v1/monitors'],
  getMonitor: ['GET', '/v1/monitors/{name}'],
  replaceMonitor: ['PUT', '/v1/monitors/{name}'],
  patchMonitor: ['PATCH', '/v1/monitors/{name}', 'application/merge-patch+json'],
  deleteMonitor: ['DELETE', '/v1/monitors/{name}'],
  listServices: ['GET', '/v1/services'],
  createService: ['POST', '/v1/services'],
  getService: ['GET', '/v1/services/{name}'],
  replaceService: ['PUT', '/v1/services/{name}'],
  patchService: ['PATCH', '/v1/services/{name}', 'application/merge-patch+json'],
  deleteService: ['DELETE', '/v1/services/{name}'],
  enableService: ['POST', '/v1/services/{name}/enable'],
  listServiceGroups: ['GET', '/v1/service-groups'],
  createServiceGroup: ['POST', '/v1/service-groups'],
  getServiceGroup: ['GET', '/v1/service-groups/{name}'],
  replaceServiceGroup: ['PUT', '/v1/service-groups/{name}'],
  patchServiceGroup: ['PATCH', '/v1/service-groups/{name}', 'application/merge-patch+json'],
  deleteServiceGroup: ['DELETE', '/v1/service-groups/{name}'],
  enableServiceGroup: ['POST', '/v1/service-groups/{name}/enable'],
  disableServiceGroup: ['POST', '/v1/service-groups/{name}/disable'],
  drainServiceGroup: ['POST', '/v1/service-groups/{name}/drain'],
  listLbVservers: ['GET', '/v1/lb-vservers'],
  createLbVserver: ['POST', '/v1/lb-vservers'],
  getLbVserver: ['GET', '/v1/lb-vservers/{name}'],
  replaceLbVserver: ['PUT', '/v1/lb-vservers/{name}'],
  patchLbVserver: ['PATCH', '/v1/lb-vservers/{name}', 'application/merge-patch+json'],
  deleteLbVserver: ['DELETE', '/v1/lb-vservers/{name}'],
  enableLbVserver: ['POST', '/v1/lb-vservers/{name}/enable'],
  disableLbVserver: ['POST', '/v1/lb-vservers/{name}/disable'],
  listGlbs: ['GET', '/v1/glbs'],
  createGlb: ['POST', '/v1/glbs'],
  getGlb: ['GET', '/v1/glbs/{name}'],
  replaceGlb: ['PUT', '/v1/glbs/{name}'],
  patchGlb: ['PATCH', '/v1/glbs/{name}', 'application/merge-patch+json'],
  deleteGlb: ['DELETE', '/v1/glbs/{name}'],
  enableGlb: ['POST', '/v1/glbs/{name}/enable'],
  disableGlb: ['POST', '/v1/glbs/{name}/disable'],
  listUserVservers: ['GET', '/v1/user-vservers'],
  createUserVserver: ['POST', '/v1/user-vservers'],
  getUserVserver: ['GET', '/v1/user-vservers/{name}'],
  replaceUserVserver: ['PUT', '/v1/user-vservers/{name}'],
  patchUserVserver: ['PATCH', '/v1/user-vservers/{name}', 'application/merge-patch+json'],
  deleteUserVserver: ['DELETE', '/v1/user-vservers/{name}'],
  enableUserVserver: ['POST', '/v1/user-vservers/{name}/enable'],
  disableUserVserver: ['POST', '/v1/user-vservers/{name}/disable'],
  drainUserVserver: ['POST', '/v1/user-vservers/{name}/drain'],
  listGeoDatabases: ['GET', '/v1/geo-databases'],
  createGeoDatabase: ['POST', '/v1/geo-databases'],
  getGeoDatabase: ['GET', '/v1/geo-databases/{name}'],
  replaceGeoDatabase: ['PUT', '/v1/geo-databases/{name}'],
  patchGeoDatabase: ['PATCH', '/v1/geo-databases/{name}', 'application/merge-patch+json'],
  deleteGeoDatabase: ['DELETE', '/v1/geo-databases/{name}'],
  listLists: ['GET', '/v1/lists'],
  createList: ['POST', '/v1/lists'],
  getList: ['GET', '/v1/lists/{name}'],
  replaceList: ['PUT', '/v1/lists/{name}'],
  patchList: ['PATCH', '/v1/lists/{name}', 'application/merge-patch+json'],
  deleteList: ['DELETE', '/v1/lists/{name}'],
  listAccessRules: ['GET', '/v1/access-rules'],
  createAccessRule: ['POST', '/v1/access-rules'],
  getAccessRule: ['GET', '/v1/access-rules/{name}'],
  replaceAccessRule: ['PUT', '/v1/access-rules/{name}'],
  patchAccessRule: ['PATCH', '/v1/access-rules/{name}', 'application/merge-patch+json'],
  deleteAccessRule: ['DELETE', '/v1/access-rules/{name}'],
  enableAccessRule: ['POST', '/v1/access-rules/{name}/enable'],
  disableAccessRule: ['POST', '/v1/access-rules/{name}/disable'],
  listLockdowns: ['GET', '/v1/lockdowns'],
  createLockdown: ['POST', '/v1/lockdowns'],
  getLockdown: ['GET', '/v1/lockdowns/{name}'],
  replaceLockdown: ['PUT', '/v1/lockdowns/{name}'],
  patchLockdown: ['PATCH', '/v1/lockdowns/{name}', 'application/merge-patch+json'],
  deleteLockdown: ['DELETE', '/v1/lockdowns/{name}'],
  enableLockdown: ['POST', '/v1/lockdowns/{name}/enable'],
  disableLockdown: ['POST', '/v1/lockdowns/{name}/disable'],
  listUserAgentRules: ['GET', '/v1/user-agent-rules'],
  createUserAgentRule: ['POST', '/v1/user-agent-rules'],
  getUserAgentRule: ['GET', '/v1/user-agent-rules/{name}'],
  replaceUserAgentRule: ['PUT', '/v1/user-agent-rules/{name}'],
  patchUserAgentRule: ['PATCH', '/v1/user-agent-rules/{name}', 'application/merge-patch+json'],
  deleteUserAgentRule: ['DELETE', '/v1/user-agent-rules/{name}'],
  enableUserAgentRule: ['POST', '/v1/user-agent-rules/{name}/enable'],
  disableUserAgentRule: ['POST', '/v1/user-agent-rules/{name}/disable'],
  listRules: ['GET', '/v1/rules'],
  createRule: ['POST', '/v1/rules'],
  getRule: ['GET', '/v1/rules/{name}'],
  replaceRule: ['PUT', '/v1/rules/{name}'],
  patchRule: ['PATCH', '/v1/rules/{name}', 'application/merge-patch+json'],
  deleteRule: ['DELETE', '/v1/rules/{name}'],
  enableRule: ['POST', '/v1/rules/{name}/enable'],
  disableRule: ['POST', '/v1/rules/{name}/disable'],
  listEdgeFunctions: ['GET', '/v1/edge-functions'],
  createEdgeFunction: ['POST', '/v1/edge-functions'],
  getEdgeFunction: ['GET', '/v1/edge-functions/{name}'],
  replaceEdgeFunction: ['PUT', '/v1/edge-functions/{name}'],
  patchEdgeFunction: ['PATCH', '/v1/edge-functions/{name}', 'application/merge-patch+json'],
  deleteEdgeFunction: ['DELETE', '/v1/edge-functions/{name}'],
  listTriggers: ['GET', '/v1/triggers'],
  createTrigger: ['POST', '/v1/triggers'],
  getTrigger: ['GET', '/v1/triggers/{name}'],
  replaceTrigger: ['PUT', '/v1/triggers/{name}'],
  patchTrigger: ['PATCH', '/v1/triggers/{name}', 'application/merge-patch+json'],
  deleteTrigger: ['DELETE', '/v1/triggers/{name}'],
  enableTrigger: ['POST', '/v1/triggers/{name}/enable'],
  disableTrigger: ['POST', '/v1/triggers/{name}/disable'],
  listRateLimits: ['GET', '/v1/rate-limits'],
  createRateLimit: ['POST', '/v1/rate-limits'],
  getRateLimit: ['GET', '/v1/rate-limits/{name}'],
  replaceRateLimit: ['PUT', '/v1/rate-limits/{name}'],
  patchRateLimit: ['PATCH', '/v1/rate-limits/{name}', 'application/merge-patch+json'],
  deleteRateLimit: ['DELETE', '/v1/rate-limits/{name}'],
  enableRateLimit: ['POST', '/v1/rate-limits/{name}/enable'],
  disableRateLimit: ['POST', '/v1/rate-limits/{name}/disable'],
  listManagedChecks: ['GET', '/v1/managed-checks'],
  createManagedCheck: ['POST', '/v1/managed-checks'],
  getManagedCheck: ['GET', '/v1/managed-checks/{name}'],
  replaceManagedCheck: ['PUT', '/v1/managed-checks/{name}'],
  patchManagedCheck: ['PATCH', '/v1/managed-checks/{name}', 'application/merge-patch+json'],
  deleteManagedCheck: ['DELETE', '/v1/managed-checks/{name}'],
  enableManagedCheck: ['POST', '/v1/managed-checks/{name}/enable'],
  disableManagedCheck: ['POST', '/v1/managed-checks/{name}/disable'],
  rollbackExtension: ['POST', '/v1/extensions/{name}/rollback'],
  promoteExtension: ['POST', '/v1/extensions/{name}/promote'],
  orderCertkey: ['POST', '/v1/certkeys/{name}/order'],
  bindService: ['POST', '/v1/lb-vservers/{name}/services'],
  unbindService: ['DELETE', '/v1/lb-vservers/{name}/services/{service}'],
  bindMonitor: ['POST', '/v1/services/{name}/monitors'],
  unbindMonitor: ['DELETE', '/v1/services/{name}/monitors/{monitor}'],
  bindMonitorOfGroup: ['POST', '/v1/service-groups/{name}/monitors'],
  unbindMonitorOfGroup: ['DELETE', '/v1/service-groups/{name}/monitors/{monitor}'],
  bindMonitorOfLbVserver: ['POST', '/v1/lb-vservers/{name}/monitors'],
  unbindMonitorOfLbVserver: ['DELETE', '/v1/lb-vservers/{name}/monitors/{monitor}'],
  addMember: ['POST', '/v1/service-groups/{name}/members'],
  patchMember: ['PATCH', '/v1/service-groups/{name}/members/{member}', 'application/merge-patch+json'],
  removeMember: ['DELETE', '/v1/service-groups/{name}/members/{member}'],
  enableMember: ['POST', '/v1/service-groups/{name}/members/{member}/enable'],
  disableMember: ['POST', '/v1/service-groups/{name}/members/{member}/disable'],
  drainMember: ['POST', '/v1/service-groups/{name}/members/{member}/drain'],
  changeListItems: ['POST', '/v1/lists/{name}/items'],
  getConfig: ['GET', '/v1/config'],
  replaceConfig: ['PUT', '/v1/config'],
  checkConfig: ['POST', '/v1/config/check'],
  listRevisions: ['GET', '/v1/revisions'],
  getRevision: ['GET', '/v1/revisions/{id}'],
  diffRevision: ['GET', '/v1/revisions/{id}/diff'],
  rollbackRevision: ['POST', '/v1/revisions/{id}/rollback'],
  runTransaction: ['POST', '/v1/transactions'],
  execCommands: ['POST', '/v1/exec'],
  completeCommand: ['GET', '/v1/exec/completions'],
  drainService: ['POST', '/v1/services/{name}/drain'],
  disableService: ['POST', '/v1/services/{name}/disable'],
  rebalanceLbVserver: ['POST', '/v1/lb-vservers/{name}/rebalance'],
  listJobs: ['GET', '/v1/jobs'],
  getJob: ['GET', '/v1/jobs/{id}'],
  pauseJob: ['POST', '/v1/jobs/{id}/pause'],
  resumeJob: ['POST', '/v1/jobs/{id}/resume'],
  cancelJob: ['POST', '/v1/jobs/{id}/cancel'],
  listSessions: ['GET', '/v1/sessions'],
  setSession: ['POST', '/v1/sessions'],
  deleteSessions: ['DELETE', '/v1/sessions'],
  importSessions: ['POST', '/v1/sessions/import', 'application/x-ndjson'],
  exportSessions: ['GET', '/v1/sessions/export'],
  validateExtension: ['POST', '/v1/extensions/validate'],
  listConnections: ['GET', '/v1/connections'],
  getConnection: ['GET', '/v1/connections/{id}'],
  killConnection: ['DELETE', '/v1/connections/{id}'],
  getServiceHealth: ['GET', '/v1/services/{name}/health'],
  getHistory: ['GET', '/v1/history'],
  explain: ['POST', '/v1/user-vservers/{name}/explain'],
  validateRule: ['POST', '/v1/rules/validate'],
  testRules: ['POST', '/v1/rules/test'],
  listManagedGroups: ['GET', '/v1/managed-groups'],
  listSecurityEvents: ['GET', '/v1/security/events'],
  getSecurityTop: ['GET', '/v1/security/top'],
  listRateLimitPresets: ['GET', '/v1/rate-limit-presets'],
  listRateLimitCounters: ['GET', '/v1/rate-limits/{name}/counters'],
  listBans: ['GET', '/v1/bans'],
  setBan: ['POST', '/v1/bans'],
  deleteBans: ['DELETE', '/v1/bans'],
  getBan: ['GET', '/v1/bans/{address}'],
  deleteBan: ['DELETE', '/v1/bans/{address}'],
  listFloodControls: ['GET', '/v1/flood-controls'],
  validateEdgeFunction: ['POST', '/v1/edge-functions/validate'],
  rollbackEdgeFunction: ['POST', '/v1/edge-functions/{name}/rollback'],
  testEdgeFunction: ['POST', '/v1/edge-functions/{name}/test'],
  matchTriggers: ['POST', '/v1/triggers/match'],
  listNodes: ['GET', '/v1/nodes'],
  getTrace: ['GET', '/v1/extensions/{name}/trace'],
  setTrace: ['PUT', '/v1/extensions/{name}/trace'],
  streamEvents: ['GET', '/v1/events'],
  listTokens: ['GET', '/v1/tokens'],
  createToken: ['POST', '/v1/tokens'],
  getToken: ['GET', '/v1/tokens/{name}'],
  deleteToken: ['DELETE', '/v1/tokens/{name}'],
  rotateToken: ['POST', '/v1/tokens/{name}/rotate'],
  listAudit: ['GET', '/v1/audit'],
  getHealth: ['GET', '/v1/health'],
  getStats: ['GET', '/v1/stats'],
  getLog: ['GET', '/v1/log'],
  setLog: ['PUT', '/v1/log'],
  listErrors: ['GET', '/v1/errors'],
  getError: ['GET', '/v1/errors/{code}'],
  getOpenApi: ['GET', '/v1/openapi.json']
} as const satisfies Record<keyof Operations, readonly [string, string, string?]>

export type Config = {
  readonly extensions: readonly (Extension)[]
  readonly userProtocols: readonly (UserProtocol)[]
  readonly certkeys: readonly (Certkey)[]
  readonly monitors: readonly (Monitor)[]
  readonly services: readonly (Service)[]
  readonly serviceGroups: readonly (ServiceGroup)[]
  readonly lbVservers: readonly (LbVserver)[]
  readonly glbs: readonly (Glb)[]
  readonly userVservers: readonly (UserVserver)[]
  readonly geoDatabases: readonly (GeoDatabase)[]
  readonly lists: readonly (List)[]
  readonly accessRules: readonly (AccessRule)[]
  readonly lockdowns: readonly (Lockdown)[]
  readonly userAgentRules: readonly (UserAgentRule)[]
  readonly rules: readonly (Rule)[]
  readonly edgeFunctions: readonly (EdgeFunction)[]
  readonly triggers: readonly (Trigger)[]
  readonly rateLimits: readonly (RateLimit)[]
  readonly managedChecks: readonly (ManagedCheck)[]
}

export type ConfigInput = {
  readonly extensions?: readonly (ExtensionInput)[] | undefined
  readonly userProtocols?: readonly (UserProtocolInput)[] | undefined
  readonly certkeys?: readonly (CertkeyInput)[] | undefined
  readonly monitors?: readonly (MonitorInput)[] | undefined
  readonly services?: readonly (ServiceInput)[] | undefined
  readonly serviceGroups?: readonly (ServiceGroupInput)[] | undefined
  readonly lbVservers?: readonly (LbVserverInput)[] | undefined
  readonly glbs?: readonly (GlbInput)[] | undefined
  readonly userVservers?: readonly (UserVserverInput)[] | undefined
  readonly geoDatabases?: readonly (GeoDatabaseInput)[] | undefined
  readonly lists?: readonly (ListInput)[] | undefined
  readonly accessRules?: readonly (AccessRuleInput)[] | undefined
  readonly lockdowns?: readonly (LockdownInput)[] | undefined
  readonly userAgentRules?: readonly (UserAgentRuleInput)[] | undefined
  readonly rules?: readonly (RuleInput)[] | undefined
  readonly edgeFunctions?: readonly (EdgeFunctionInput)[] | undefined
  readonly triggers?: readonly (TriggerInput)[] | undefined
  readonly rateLimits?: readonly (RateLimitInput)[] | undefined
  readonly managedChecks?: readonly (ManagedCheckInput)[] | undefined
}

/** A service or service group to bind. */
export type BindingInput = {
  /** Service to bind. */
  readonly name: string
  /** Share of new clients relative to the other services of its priority. */
  readonly weight?: number | undefined
  /** Tier: services of the lowest number get all clients, as long as one of them can take a client. As in SRV records. */
  readonly priority?: number | undefined
}

/** A monitor to bind. */
export type MonitorBinding = {
  /** Monitor to bind. */
  readonly name: string
  /** Counts in place of the monitor's own weight. */
  readonly weight?: number | undefined
}

/** A member to add. */
export type MemberInput = {
  /** IP address or host name of the server, without brackets and port. */
  readonly address: string
  /** Port of the server; 0 for an SRV name, whose records have the port. */
  readonly port: number
  /** What a host name stands for, as of a service: `first` one server, `all` a server for every address. */
  readonly resolve?: 'first' | 'all' | undefined
  /** Share of new clients relative to the other members. The weight of the group in an LB vserver multiplies it, and so does the one of an SRV record. */
  readonly weight?: number | undefined
  /** `sessions-only` accepts only clients whose persistence entry names it, `draining` no new clients; both keep existing ones. `disabled` also closes them. The state of the group applies too. */
  readonly state?: 'enabled' | 'sessions-only' | 'draining' | 'disabled' | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
}

/** JSON Merge Patch (RFC 7396) of a member: what is left out stays, null resets a field to its default, objects merge, lists are replaced. */
export type MemberChange = {
  readonly address?: string | null | undefined
  readonly port?: number | null | undefined
  readonly resolve?: 'first' | 'all' | null | undefined
  readonly weight?: number | null | undefined
  readonly state?: 'enabled' | 'sessions-only' | 'draining' | 'disabled' | null | undefined
  readonly comment?: string | null | undefined
}

export type MonitorUse = {
  /** Opens a TCP connection; the server is up if it accepts. */
  readonly type: 'tcp'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Time between two probes. */
  readonly intervalSeconds: number
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter: number
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds: number
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries: number
  /** Consecutive failures that take a service down. */
  readonly downAfter: number
  /** Consecutive successes that bring a down service up. */
  readonly upAfter: number
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse: boolean
  /** Counts against `monitorThreshold` of the service. */
  readonly weight: number
} | {
  /** Opens a TCP connection and TLS; the server is up if the handshake succeeds. */
  readonly type: 'tls'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Name to send (SNI) and to verify. Default: that of the service, or its address. */
  readonly serverName?: string | undefined
  /** Accepts any certificate. Default: the certificate is verified as `tls.verify` of the service has it. */
  readonly insecure: boolean
  /** Certkey whose `ca` bundle is trusted. Default: that of the service, or the system store. */
  readonly ca?: string | undefined
  /** Application protocols to offer (ALPN). */
  readonly alpn: readonly (string)[]
  /** Time between two probes. */
  readonly intervalSeconds: number
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter: number
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds: number
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries: number
  /** Consecutive failures that take a service down. */
  readonly downAfter: number
  /** Consecutive successes that bring a down service up. */
  readonly upAfter: number
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse: boolean
  /** Counts against `monitorThreshold` of the service. */
  readonly weight: number
} | {
  /** Sends an HTTP request; the server is up if status and body are as expected. */
  readonly type: 'http'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Method of the request. */
  readonly method: 'GET' | 'HEAD' | 'OPTIONS'
  /** Path to request, with a query if the server needs one. */
  readonly path: string
  /** Headers to send, such as `Host`. The case of their names does not matter. Not for secrets: the API shows them. */
  readonly headers: Readonly<Record<string, string>>
  /** Statuses of a server that is up: `204`, `2xx` or `200-299`. */
  readonly expectedCodes: readonly (string)[]
  /** Text that the body has, in upper or lower case, within its first MiB. Default: any body. */
  readonly expectedBody: string
  /** Redirects to follow on the same server and with the same Host. The last response counts. */
  readonly redirects: number
  /** Time between two probes. */
  readonly intervalSeconds: number
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter: number
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds: number
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries: number
  /** Consecutive failures that take a service down. */
  readonly downAfter: number
  /** Consecutive successes that bring a down service up. */
  readonly upAfter: number
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse: boolean
  /** Counts against `monitorThreshold` of the service. */
  readonly weight: number
} | {
  /** Sends an HTTP request over TLS. */
  readonly type: 'https'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Method of the request. */
  readonly method: 'GET' | 'HEAD' | 'OPTIONS'
  /** Path to request, with a query if the server needs one. */
  readonly path: string
  /** Headers to send, such as `Host`. The case of their names does not matter. Not for secrets: the API shows them. */
  readonly headers: Readonly<Record<string, string>>
  /** Statuses of a server that is up: `204`, `2xx` or `200-299`. */
  readonly expectedCodes: readonly (string)[]
  /** Text that the body has, in upper or lower case, within its first MiB. Default: any body. */
  readonly expectedBody: string
  /** Redirects to follow on the same server and with the same Host. The last response counts. */
  readonly redirects: number
  /** Name to send (SNI) and to verify. Default: that of the service, or its address. */
  readonly serverName?: string | undefined
  /** Accepts any certificate. Default: the certificate is verified as `tls.verify` of the service has it. */
  readonly insecure: boolean
  /** Certkey whose `ca` bundle is trusted. Default: that of the service, or the system store. */
  readonly ca?: string | undefined
  /** Time between two probes. */
  readonly intervalSeconds: number
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter: number
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds: number
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries: number
  /** Consecutive failures that take a service down. */
  readonly downAfter: number
  /** Consecutive successes that bring a down service up. */
  readonly upAfter: number
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse: boolean
  /** Counts against `monitorThreshold` of the service. */
  readonly weight: number
} | {
  /** Opens a WebSocket; the server is up if it answers 101 and selects the sub-protocol. */
  readonly type: 'ws'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Path to request, with a query if the server needs one. */
  readonly path: string
  /** Headers to send, such as `Host`. The case of their names does not matter. Not for secrets: the API shows them. */
  readonly headers: Readonly<Record<string, string>>
  /** Sub-protocol to offer, which the server has to select. Default: none. */
  readonly subprotocol?: string | undefined
  /** Time between two probes. */
  readonly intervalSeconds: number
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter: number
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds: number
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries: number
  /** Consecutive failures that take a service down. */
  readonly downAfter: number
  /** Consecutive successes that bring a down service up. */
  readonly upAfter: number
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse: boolean
  /** Counts against `monitorThreshold` of the service. */
  readonly weight: number
} | {
  /** Opens a WebSocket over TLS. */
  readonly type: 'wss'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Path to request, with a query if the server needs one. */
  readonly path: string
  /** Headers to send, such as `Host`. The case of their names does not matter. Not for secrets: the API shows them. */
  readonly headers: Readonly<Record<string, string>>
  /** Sub-protocol to offer, which the server has to select. Default: none. */
  readonly subprotocol?: string | undefined
  /** Name to send (SNI) and to verify. Default: that of the service, or its address. */
  readonly serverName?: string | undefined
  /** Accepts any certificate. Default: the certificate is verified as `tls.verify` of the service has it. */
  readonly insecure: boolean
  /** Certkey whose `ca` bundle is trusted. Default: that of the service, or the system store. */
  readonly ca?: string | undefined
  /** Time between two probes. */
  readonly intervalSeconds: number
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter: number
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds: number
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries: number
  /** Consecutive failures that take a service down. */
  readonly downAfter: number
  /** Consecutive successes that bring a down service up. */
  readonly upAfter: number
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse: boolean
  /** Counts against `monitorThreshold` of the service. */
  readonly weight: number
} | {
  /** Sends bytes over the layers of the service's type; the server is up if its answer begins as expected. */
  readonly type: 'send-expect'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Form of `send` and `expect`: text in UTF-8, or bytes in hexadecimal, with `??` in `expect` for any byte: `20 02 ?? 00`. */
  readonly format: 'text' | 'hex'
  /** Bytes to send. Default: none; the server speaks first. Not for secrets: the API shows them. */
  readonly send: string
  /** Bytes at the beginning of the answer to ignore. */
  readonly skip: number
  /** The following bytes of the answer. */
  readonly expect: string
  /** Time between two probes. */
  readonly intervalSeconds: number
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter: number
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds: number
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries: number
  /** Consecutive failures that take a service down. */
  readonly downAfter: number
  /** Consecutive successes that bring a down service up. */
  readonly upAfter: number
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse: boolean
  /** Counts against `monitorThreshold` of the service. */
  readonly weight: number
} | {
  /** Sends the `probe` of an extension, over the layers of the service's type; the extension judges the replies. */
  readonly type: 'extension'
  /** Extension with the `probe`. The version for new connections runs it. */
  readonly extension: string
  /** Values for the parameters that the probe declares. Not for secrets: the API shows them. */
  readonly params: Readonly<Record<string, string | number | boolean | readonly (Readonly<Record<string, string | number | boolean>>)[]>>
  /** Absolute paths of files, by the names of the secrets that the probe declares: the first line of each is the secret. The control process reads them for each probe. */
  readonly secretFiles: Readonly<Record<string, string>>
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Time between two probes. */
  readonly intervalSeconds: number
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter: number
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds: number
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries: number
  /** Consecutive failures that take a service down. */
  readonly downAfter: number
  /** Consecutive successes that bring a down service up. */
  readonly upAfter: number
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse: boolean
  /** Counts against `monitorThreshold` of the service. */
  readonly weight: number
} | {
  /** Sends nothing; the service is down for `downSeconds` once clients met enough failures. */
  readonly type: 'passive'
  /** Failures that count. `dial-failed`: a connection could not be opened. `closed`: the server closed a connection before its first byte. `unanswered`: the first byte did not come within `firstReplyTimeoutSeconds`. `refused`: the server refused in its protocol, as the extension reports it. */
  readonly counts: readonly ('dial-failed' | 'closed' | 'unanswered' | 'refused')[]
  /** Failures within `windowSeconds` that take the service down, of all workers. */
  readonly failures: number
  /** Time within which failures are counted. One more failure within this time after the service came back takes it down again. */
  readonly windowSeconds: number
  /** Time after which the service is tried again. */
  readonly downSeconds: number
  /** Counts against `monitorThreshold` of the service. */
  readonly weight: number
} | {
  /** A monitor of the list `monitors`. */
  readonly type: 'named'
  /** Monitor to bind. */
  readonly name: string
  /** Counts in place of the monitor's own weight. */
  readonly weight?: number | undefined
}

export type MonitorUseInput = {
  /** Opens a TCP connection; the server is up if it accepts. */
  readonly type: 'tcp'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Time between two probes. */
  readonly intervalSeconds?: number | undefined
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter?: number | undefined
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds?: number | undefined
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries?: number | undefined
  /** Consecutive failures that take a service down. */
  readonly downAfter?: number | undefined
  /** Consecutive successes that bring a down service up. */
  readonly upAfter?: number | undefined
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse?: boolean | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
} | {
  /** Opens a TCP connection and TLS; the server is up if the handshake succeeds. */
  readonly type: 'tls'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Name to send (SNI) and to verify. Default: that of the service, or its address. */
  readonly serverName?: string | undefined
  /** Accepts any certificate. Default: the certificate is verified as `tls.verify` of the service has it. */
  readonly insecure?: boolean | undefined
  /** Certkey whose `ca` bundle is trusted. Default: that of the service, or the system store. */
  readonly ca?: string | undefined
  /** Application protocols to offer (ALPN). */
  readonly alpn?: readonly (string)[] | undefined
  /** Time between two probes. */
  readonly intervalSeconds?: number | undefined
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter?: number | undefined
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds?: number | undefined
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries?: number | undefined
  /** Consecutive failures that take a service down. */
  readonly downAfter?: number | undefined
  /** Consecutive successes that bring a down service up. */
  readonly upAfter?: number | undefined
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse?: boolean | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
} | {
  /** Sends an HTTP request; the server is up if status and body are as expected. */
  readonly type: 'http'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Method of the request. */
  readonly method?: 'GET' | 'HEAD' | 'OPTIONS' | undefined
  /** Path to request, with a query if the server needs one. */
  readonly path?: string | undefined
  /** Headers to send, such as `Host`. The case of their names does not matter. Not for secrets: the API shows them. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Statuses of a server that is up: `204`, `2xx` or `200-299`. */
  readonly expectedCodes?: readonly (string)[] | undefined
  /** Text that the body has, in upper or lower case, within its first MiB. Default: any body. */
  readonly expectedBody?: string | undefined
  /** Redirects to follow on the same server and with the same Host. The last response counts. */
  readonly redirects?: number | undefined
  /** Time between two probes. */
  readonly intervalSeconds?: number | undefined
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter?: number | undefined
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds?: number | undefined
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries?: number | undefined
  /** Consecutive failures that take a service down. */
  readonly downAfter?: number | undefined
  /** Consecutive successes that bring a down service up. */
  readonly upAfter?: number | undefined
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse?: boolean | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
} | {
  /** Sends an HTTP request over TLS. */
  readonly type: 'https'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Method of the request. */
  readonly method?: 'GET' | 'HEAD' | 'OPTIONS' | undefined
  /** Path to request, with a query if the server needs one. */
  readonly path?: string | undefined
  /** Headers to send, such as `Host`. The case of their names does not matter. Not for secrets: the API shows them. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Statuses of a server that is up: `204`, `2xx` or `200-299`. */
  readonly expectedCodes?: readonly (string)[] | undefined
  /** Text that the body has, in upper or lower case, within its first MiB. Default: any body. */
  readonly expectedBody?: string | undefined
  /** Redirects to follow on the same server and with the same Host. The last response counts. */
  readonly redirects?: number | undefined
  /** Name to send (SNI) and to verify. Default: that of the service, or its address. */
  readonly serverName?: string | undefined
  /** Accepts any certificate. Default: the certificate is verified as `tls.verify` of the service has it. */
  readonly insecure?: boolean | undefined
  /** Certkey whose `ca` bundle is trusted. Default: that of the service, or the system store. */
  readonly ca?: string | undefined
  /** Time between two probes. */
  readonly intervalSeconds?: number | undefined
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter?: number | undefined
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds?: number | undefined
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries?: number | undefined
  /** Consecutive failures that take a service down. */
  readonly downAfter?: number | undefined
  /** Consecutive successes that bring a down service up. */
  readonly upAfter?: number | undefined
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse?: boolean | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
} | {
  /** Opens a WebSocket; the server is up if it answers 101 and selects the sub-protocol. */
  readonly type: 'ws'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Path to request, with a query if the server needs one. */
  readonly path?: string | undefined
  /** Headers to send, such as `Host`. The case of their names does not matter. Not for secrets: the API shows them. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Sub-protocol to offer, which the server has to select. Default: none. */
  readonly subprotocol?: string | undefined
  /** Time between two probes. */
  readonly intervalSeconds?: number | undefined
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter?: number | undefined
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds?: number | undefined
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries?: number | undefined
  /** Consecutive failures that take a service down. */
  readonly downAfter?: number | undefined
  /** Consecutive successes that bring a down service up. */
  readonly upAfter?: number | undefined
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse?: boolean | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
} | {
  /** Opens a WebSocket over TLS. */
  readonly type: 'wss'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Path to request, with a query if the server needs one. */
  readonly path?: string | undefined
  /** Headers to send, such as `Host`. The case of their names does not matter. Not for secrets: the API shows them. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Sub-protocol to offer, which the server has to select. Default: none. */
  readonly subprotocol?: string | undefined
  /** Name to send (SNI) and to verify. Default: that of the service, or its address. */
  readonly serverName?: string | undefined
  /** Accepts any certificate. Default: the certificate is verified as `tls.verify` of the service has it. */
  readonly insecure?: boolean | undefined
  /** Certkey whose `ca` bundle is trusted. Default: that of the service, or the system store. */
  readonly ca?: string | undefined
  /** Time between two probes. */
  readonly intervalSeconds?: number | undefined
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter?: number | undefined
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds?: number | undefined
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries?: number | undefined
  /** Consecutive failures that take a service down. */
  readonly downAfter?: number | undefined
  /** Consecutive successes that bring a down service up. */
  readonly upAfter?: number | undefined
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse?: boolean | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
} | {
  /** Sends bytes over the layers of the service's type; the server is up if its answer begins as expected. */
  readonly type: 'send-expect'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Form of `send` and `expect`: text in UTF-8, or bytes in hexadecimal, with `??` in `expect` for any byte: `20 02 ?? 00`. */
  readonly format?: 'text' | 'hex' | undefined
  /** Bytes to send. Default: none; the server speaks first. Not for secrets: the API shows them. */
  readonly send?: string | undefined
  /** Bytes at the beginning of the answer to ignore. */
  readonly skip?: number | undefined
  /** The following bytes of the answer. */
  readonly expect: string
  /** Time between two probes. */
  readonly intervalSeconds?: number | undefined
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter?: number | undefined
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds?: number | undefined
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries?: number | undefined
  /** Consecutive failures that take a service down. */
  readonly downAfter?: number | undefined
  /** Consecutive successes that bring a down service up. */
  readonly upAfter?: number | undefined
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse?: boolean | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
} | {
  /** Sends the `probe` of an extension, over the layers of the service's type; the extension judges the replies. */
  readonly type: 'extension'
  /** Extension with the `probe`. The version for new connections runs it. */
  readonly extension: string
  /** Values for the parameters that the probe declares. Not for secrets: the API shows them. */
  readonly params?: Readonly<Record<string, string | number | boolean | readonly (Readonly<Record<string, string | number | boolean>>)[]>> | undefined
  /** Absolute paths of files, by the names of the secrets that the probe declares: the first line of each is the secret. The control process reads them for each probe. */
  readonly secretFiles?: Readonly<Record<string, string>> | undefined
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Time between two probes. */
  readonly intervalSeconds?: number | undefined
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter?: number | undefined
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds?: number | undefined
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries?: number | undefined
  /** Consecutive failures that take a service down. */
  readonly downAfter?: number | undefined
  /** Consecutive successes that bring a down service up. */
  readonly upAfter?: number | undefined
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse?: boolean | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
} | {
  /** Sends nothing; the service is down for `downSeconds` once clients met enough failures. */
  readonly type: 'passive'
  /** Failures that count. `dial-failed`: a connection could not be opened. `closed`: the server closed a connection before its first byte. `unanswered`: the first byte did not come within `firstReplyTimeoutSeconds`. `refused`: the server refused in its protocol, as the extension reports it. */
  readonly counts?: readonly ('dial-failed' | 'closed' | 'unanswered' | 'refused')[] | undefined
  /** Failures within `windowSeconds` that take the service down, of all workers. */
  readonly failures?: number | undefined
  /** Time within which failures are counted. One more failure within this time after the service came back takes it down again. */
  readonly windowSeconds?: number | undefined
  /** Time after which the service is tried again. */
  readonly downSeconds?: number | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
} | {
  /** A monitor of the list `monitors`. */
  readonly type: 'named'
  /** Monitor to bind. */
  readonly name: string
  /** Counts in place of the monitor's own weight. */
  readonly weight?: number | undefined
}

export type Extension = {
  /** Name of the extension. */
  readonly name: string
  /** TypeScript or JavaScript text of the module. Give this or `builtin`. */
  readonly source?: string | undefined
  /** Name of an extension included with Weir, such as `mqtt`. Give this or `source`. */
  readonly builtin?: string | undefined
  /** Run it on the event loop (mode `loop`). Default: true for builtins, false for source. */
  readonly trusted?: boolean | undefined
  /** `types`: new code is checked against the SDK's types before it is taken; `off`: it is taken unchecked. Code that runs already, or is restored, is not checked again. */
  readonly check: 'types' | 'off'
  /** Resource limits of the extension. */
  readonly limits: {
    /** Heap of its isolate, in MB. A change reloads the code. */
    readonly heapMb: number
    /** Maximum CPU time of one message, in ms. A message that exceeds it is stopped and its connection ends as `extension-error`. On a busy machine the wall-clock time-out comes up to a second later. */
    readonly batchTimeoutMs: number
    /** Maximum bytes that one message may originate: keys, replies, the excess of a replacement over the message, field values. A change reloads the code. */
    readonly originatedBytes: number
    /** Maximum bytes of one direction of a connection that wait for verdicts before the sender is paused. The lower of this and the user vserver's `bufferedBytes` applies; a message that enters whole always fits. For new connections. */
    readonly heldBytes: number
  }
  /** Failures that take the extension out of service. */
  readonly strikes: {
    /** Strikes within the window that take it out of service, per worker. */
    readonly failures: number
    /** The window, in seconds. */
    readonly windowSeconds: number
    /** Time out of service, in seconds. Afterwards it serves again with no strikes, reloaded unless it still has connections. */
    readonly downSeconds: number
  }
  /** Tunnel connections while the extension is unavailable, instead of closing them. Their bytes are not inspected. */
  readonly failOpen: boolean
  /** A second version that serves a share of new connections. */
  readonly canary?: {
    /** TypeScript or JavaScript text of the canary. A PUT or PATCH may omit it and give the canary as the `source` or `builtin` of the extension. */
    readonly source?: string | undefined
    /** Name of an extension included with Weir, instead of `source`. */
    readonly builtin?: string | undefined
    /** Share of new connections that get it. Exact in each worker: this many of every 100 consecutive ones. */
    readonly percent: number
    /** Errors per connection, over all workers, above which it is reverted. With 1 it is reverted only when out of service. */
    readonly revertOnErrorsAbove: number
    /** Connections that it must have had before its errors are evaluated. */
    readonly minConnections: number
  } | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type ExtensionInput = {
  /** Name of the extension. */
  readonly name: string
  /** TypeScript or JavaScript text of the module. Give this or `builtin`. */
  readonly source?: string | undefined
  /** Name of an extension included with Weir, such as `mqtt`. Give this or `source`. */
  readonly builtin?: string | undefined
  /** Run it on the event loop (mode `loop`). Default: true for builtins, false for source. */
  readonly trusted?: boolean | undefined
  /** `types`: new code is checked against the SDK's types before it is taken; `off`: it is taken unchecked. Code that runs already, or is restored, is not checked again. */
  readonly check?: 'types' | 'off' | undefined
  /** Resource limits of the extension. */
  readonly limits?: {
    /** Heap of its isolate, in MB. A change reloads the code. */
    readonly heapMb?: number | undefined
    /** Maximum CPU time of one message, in ms. A message that exceeds it is stopped and its connection ends as `extension-error`. On a busy machine the wall-clock time-out comes up to a second later. */
    readonly batchTimeoutMs?: number | undefined
    /** Maximum bytes that one message may originate: keys, replies, the excess of a replacement over the message, field values. A change reloads the code. */
    readonly originatedBytes?: number | undefined
    /** Maximum bytes of one direction of a connection that wait for verdicts before the sender is paused. The lower of this and the user vserver's `bufferedBytes` applies; a message that enters whole always fits. For new connections. */
    readonly heldBytes?: number | undefined
  } | undefined
  /** Failures that take the extension out of service. */
  readonly strikes?: {
    /** Strikes within the window that take it out of service, per worker. */
    readonly failures?: number | undefined
    /** The window, in seconds. */
    readonly windowSeconds?: number | undefined
    /** Time out of service, in seconds. Afterwards it serves again with no strikes, reloaded unless it still has connections. */
    readonly downSeconds?: number | undefined
  } | undefined
  /** Tunnel connections while the extension is unavailable, instead of closing them. Their bytes are not inspected. */
  readonly failOpen?: boolean | undefined
  /** A second version that serves a share of new connections. */
  readonly canary?: {
    /** TypeScript or JavaScript text of the canary. A PUT or PATCH may omit it and give the canary as the `source` or `builtin` of the extension. */
    readonly source?: string | undefined
    /** Name of an extension included with Weir, instead of `source`. */
    readonly builtin?: string | undefined
    /** Share of new connections that get it. Exact in each worker: this many of every 100 consecutive ones. */
    readonly percent: number
    /** Errors per connection, over all workers, above which it is reverted. With 1 it is reverted only when out of service. */
    readonly revertOnErrorsAbove?: number | undefined
    /** Connections that it must have had before its errors are evaluated. */
    readonly minConnections?: number | undefined
  } | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type ExtensionReplacement = {
  /** Name of the extension. */
  readonly name?: string | undefined
  /** TypeScript or JavaScript text of the module. Give this or `builtin`. */
  readonly source?: string | undefined
  /** Name of an extension included with Weir, such as `mqtt`. Give this or `source`. */
  readonly builtin?: string | undefined
  /** Run it on the event loop (mode `loop`). Default: true for builtins, false for source. */
  readonly trusted?: boolean | undefined
  /** `types`: new code is checked against the SDK's types before it is taken; `off`: it is taken unchecked. Code that runs already, or is restored, is not checked again. */
  readonly check?: 'types' | 'off' | undefined
  /** Resource limits of the extension. */
  readonly limits?: {
    /** Heap of its isolate, in MB. A change reloads the code. */
    readonly heapMb?: number | undefined
    /** Maximum CPU time of one message, in ms. A message that exceeds it is stopped and its connection ends as `extension-error`. On a busy machine the wall-clock time-out comes up to a second later. */
    readonly batchTimeoutMs?: number | undefined
    /** Maximum bytes that one message may originate: keys, replies, the excess of a replacement over the message, field values. A change reloads the code. */
    readonly originatedBytes?: number | undefined
    /** Maximum bytes of one direction of a connection that wait for verdicts before the sender is paused. The lower of this and the user vserver's `bufferedBytes` applies; a message that enters whole always fits. For new connections. */
    readonly heldBytes?: number | undefined
  } | undefined
  /** Failures that take the extension out of service. */
  readonly strikes?: {
    /** Strikes within the window that take it out of service, per worker. */
    readonly failures?: number | undefined
    /** The window, in seconds. */
    readonly windowSeconds?: number | undefined
    /** Time out of service, in seconds. Afterwards it serves again with no strikes, reloaded unless it still has connections. */
    readonly downSeconds?: number | undefined
  } | undefined
  /** Tunnel connections while the extension is unavailable, instead of closing them. Their bytes are not inspected. */
  readonly failOpen?: boolean | undefined
  /** A second version that serves a share of new connections. */
  readonly canary?: {
    /** TypeScript or JavaScript text of the canary. A PUT or PATCH may omit it and give the canary as the `source` or `builtin` of the extension. */
    readonly source?: string | undefined
    /** Name of an extension included with Weir, instead of `source`. */
    readonly builtin?: string | undefined
    /** Share of new connections that get it. Exact in each worker: this many of every 100 consecutive ones. */
    readonly percent: number
    /** Errors per connection, over all workers, above which it is reverted. With 1 it is reverted only when out of service. */
    readonly revertOnErrorsAbove?: number | undefined
    /** Connections that it must have had before its errors are evaluated. */
    readonly minConnections?: number | undefined
  } | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

/** JSON Merge Patch (RFC 7396) of a extension: what is left out stays, null resets a field to its default, objects merge, lists are replaced. */
export type ExtensionPatch = {
  /** Name of the extension. */
  readonly name?: string | undefined
  readonly source?: string | null | undefined
  readonly builtin?: string | null | undefined
  readonly trusted?: boolean | null | undefined
  readonly check?: 'types' | 'off' | null | undefined
  readonly limits?: {
    /** Heap of its isolate, in MB. A change reloads the code. */
    readonly heapMb?: number | undefined
    /** Maximum CPU time of one message, in ms. A message that exceeds it is stopped and its connection ends as `extension-error`. On a busy machine the wall-clock time-out comes up to a second later. */
    readonly batchTimeoutMs?: number | undefined
    /** Maximum bytes that one message may originate: keys, replies, the excess of a replacement over the message, field values. A change reloads the code. */
    readonly originatedBytes?: number | undefined
    /** Maximum bytes of one direction of a connection that wait for verdicts before the sender is paused. The lower of this and the user vserver's `bufferedBytes` applies; a message that enters whole always fits. For new connections. */
    readonly heldBytes?: number | undefined
  } | null | undefined
  readonly strikes?: {
    /** Strikes within the window that take it out of service, per worker. */
    readonly failures?: number | undefined
    /** The window, in seconds. */
    readonly windowSeconds?: number | undefined
    /** Time out of service, in seconds. Afterwards it serves again with no strikes, reloaded unless it still has connections. */
    readonly downSeconds?: number | undefined
  } | null | undefined
  readonly failOpen?: boolean | null | undefined
  readonly canary?: {
    /** TypeScript or JavaScript text of the canary. A PUT or PATCH may omit it and give the canary as the `source` or `builtin` of the extension. */
    readonly source?: string | undefined
    /** Name of an extension included with Weir, instead of `source`. */
    readonly builtin?: string | undefined
    /** Share of new connections that get it. Exact in each worker: this many of every 100 consecutive ones. */
    readonly percent?: number | undefined
    /** Errors per connection, over all workers, above which it is reverted. With 1 it is reverted only when out of service. */
    readonly revertOnErrorsAbove?: number | undefined
    /** Connections that it must have had before its errors are evaluated. */
    readonly minConnections?: number | undefined
  } | null | undefined
  readonly comment?: string | null | undefined
  readonly status?: EntityStatus | undefined
}

export type ExtensionList = {
  readonly items: readonly (Extension)[]
}

export type UserProtocol = {
  /** Name of the user protocol. */
  readonly name: string
  /** `tcp`; `ssl` to terminate TLS before the extension sees bytes; `ws` to take the bytes out of WebSocket messages; `wss` for both. `http` and `https` have no extension: requests are forwarded to HTTP services. */
  readonly transport: 'tcp' | 'ssl' | 'ws' | 'wss' | 'http' | 'https'
  /** Extension that parses the messages. Required, except for `http` and `https`, which have none. */
  readonly extension?: string | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type UserProtocolInput = {
  /** Name of the user protocol. */
  readonly name: string
  /** `tcp`; `ssl` to terminate TLS before the extension sees bytes; `ws` to take the bytes out of WebSocket messages; `wss` for both. `http` and `https` have no extension: requests are forwarded to HTTP services. */
  readonly transport: 'tcp' | 'ssl' | 'ws' | 'wss' | 'http' | 'https'
  /** Extension that parses the messages. Required, except for `http` and `https`, which have none. */
  readonly extension?: string | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type UserProtocolReplacement = {
  /** Name of the user protocol. */
  readonly name?: string | undefined
  /** `tcp`; `ssl` to terminate TLS before the extension sees bytes; `ws` to take the bytes out of WebSocket messages; `wss` for both. `http` and `https` have no extension: requests are forwarded to HTTP services. */
  readonly transport: 'tcp' | 'ssl' | 'ws' | 'wss' | 'http' | 'https'
  /** Extension that parses the messages. Required, except for `http` and `https`, which have none. */
  readonly extension?: string | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

/** JSON Merge Patch (RFC 7396) of a user protocol: what is left out stays, null resets a field to its default, objects merge, lists are replaced. */
export type UserProtocolPatch = {
  /** Name of the user protocol. */
  readonly name?: string | undefined
  readonly transport?: 'tcp' | 'ssl' | 'ws' | 'wss' | 'http' | 'https' | null | undefined
  readonly extension?: string | null | undefined
  readonly comment?: string | null | undefined
  readonly status?: EntityStatus | undefined
}

export type UserProtocolList = {
  readonly items: readonly (UserProtocol)[]
}

export type Certkey = {
  /** Name of the certkey. */
  readonly name: string
  /** PEM certificate chain, leaf first. A private key in it is moved to `key`; other text is removed. */
  readonly cert?: string | undefined
  /** PEM bundle of certificate authorities. Text around the certificates is removed. */
  readonly ca?: string | undefined
  /** PEM certificate revocation lists of the authorities in `ca`, one per authority. If any list is given, clients whose authority has no current list are refused. */
  readonly crl?: string | undefined
  /** Absolute path of a file with `cert`, optionally with the key. The control process reads it, and reads it again when it changes. */
  readonly certFile?: string | undefined
  /** Absolute path of a file with `key`. */
  readonly keyFile?: string | undefined
  /** Absolute path of a file with `ca`. */
  readonly caFile?: string | undefined
  /** Absolute path of a file with `crl`. */
  readonly crlFile?: string | undefined
  /** Absolute path of a file with `psk`. */
  readonly pskFile?: string | undefined
  /** Absolute path of a file whose first line is the pass phrase of the private key. */
  readonly passphraseFile?: string | undefined
  /** Absolute path of a file with an OCSP response (DER), stapled to the certificate. */
  readonly ocspFile?: string | undefined
  /** In place of `cert` and `key`: Weir orders the certificate from an authority, and renews it when a third of its time is left. */
  readonly acme?: {
    /** URL of the authority's directory. Ordering from it accepts its terms of service. */
    readonly directory: string
    /** Host names of the certificate. No wildcards, no IP addresses. */
    readonly domains: readonly (string)[]
    /** Where the authority may write to. */
    readonly email?: string | undefined
    /** How the authority validates the names. `tls-alpn-01`: it connects to port 443, which a user vserver with TLS serves. `http-01`: it sends a request to port 80, which a user vserver with HTTP serves. */
    readonly challenge: 'tls-alpn-01' | 'http-01'
    /** Kind of the certificate's key, which is made anew for each order. */
    readonly keyType: 'P-256' | 'P-384' | 'RSA-2048' | 'RSA-4096'
    /** Certkey whose `ca` verifies the authority's own server. Default: the system's authorities. */
    readonly ca?: string | undefined
    /** For authorities that know their customers by other accounts. */
    readonly externalAccountBinding?: {
      /** Key identifier, from the authority. */
      readonly keyId: string
    } | undefined
  } | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type CertkeyInput = {
  /** Name of the certkey. */
  readonly name: string
  /** PEM certificate chain, leaf first. A private key in it is moved to `key`; other text is removed. */
  readonly cert?: string | undefined
  /** PEM private key; an encrypted key needs `passphraseFile`. Write-only: no response contains it. */
  readonly key?: string | undefined
  /** PEM bundle of certificate authorities. Text around the certificates is removed. */
  readonly ca?: string | undefined
  /** PEM certificate revocation lists of the authorities in `ca`, one per authority. If any list is given, clients whose authority has no current list are refused. */
  readonly crl?: string | undefined
  /** Pre-shared keys, one `identity:hexadecimal key` per line. Write-only: no response contains them. */
  readonly psk?: string | undefined
  /** Absolute path of a file with `cert`, optionally with the key. The control process reads it, and reads it again when it changes. */
  readonly certFile?: string | undefined
  /** Absolute path of a file with `key`. */
  readonly keyFile?: string | undefined
  /** Absolute path of a file with `ca`. */
  readonly caFile?: string | undefined
  /** Absolute path of a file with `crl`. */
  readonly crlFile?: string | undefined
  /** Absolute path of a file with `psk`. */
  readonly pskFile?: string | undefined
  /** Absolute path of a file whose first line is the pass phrase of the private key. */
  readonly passphraseFile?: string | undefined
  /** Absolute path of a file with an OCSP response (DER), stapled to the certificate. */
  readonly ocspFile?: string | undefined
  /** In place of `cert` and `key`: Weir orders the certificate from an authority, and renews it when a third of its time is left. */
  readonly acme?: {
    /** URL of the authority's directory. Ordering from it accepts its terms of service. */
    readonly directory: string
    /** Host names of the certificate. No wildcards, no IP addresses. */
    readonly domains: readonly (string)[]
    /** Where the authority may write to. */
    readonly email?: string | undefined
    /** How the authority validates the names. `tls-alpn-01`: it connects to port 443, which a user vserver with TLS serves. `http-01`: it sends a request to port 80, which a user vserver with HTTP serves. */
    readonly challenge?: 'tls-alpn-01' | 'http-01' | undefined
    /** Kind of the certificate's key, which is made anew for each order. */
    readonly keyType?: 'P-256' | 'P-384' | 'RSA-2048' | 'RSA-4096' | undefined
    /** Certkey whose `ca` verifies the authority's own server. Default: the system's authorities. */
    readonly ca?: string | undefined
    /** For authorities that know their customers by other accounts. */
    readonly externalAccountBinding?: {
      /** Key identifier, from the authority. */
      readonly keyId: string
      /** MAC key in base64url, from the authority. Write-only: no response contains it. */
      readonly hmacKey?: string | undefined
    } | undefined
  } | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type CertkeyReplacement = {
  /** Name of the certkey. */
  readonly name?: string | undefined
  /** PEM certificate chain, leaf first. A private key in it is moved to `key`; other text is removed. */
  readonly cert?: string | undefined
  /** PEM private key; an encrypted key needs `passphraseFile`. Write-only: no response contains it. */
  readonly key?: string | undefined
  /** PEM bundle of certificate authorities. Text around the certificates is removed. */
  readonly ca?: string | undefined
  /** PEM certificate revocation lists of the authorities in `ca`, one per authority. If any list is given, clients whose authority has no current list are refused. */
  readonly crl?: string | undefined
  /** Pre-shared keys, one `identity:hexadecimal key` per line. Write-only: no response contains them. */
  readonly psk?: string | undefined
  /** Absolute path of a file with `cert`, optionally with the key. The control process reads it, and reads it again when it changes. */
  readonly certFile?: string | undefined
  /** Absolute path of a file with `key`. */
  readonly keyFile?: string | undefined
  /** Absolute path of a file with `ca`. */
  readonly caFile?: string | undefined
  /** Absolute path of a file with `crl`. */
  readonly crlFile?: string | undefined
  /** Absolute path of a file with `psk`. */
  readonly pskFile?: string | undefined
  /** Absolute path of a file whose first line is the pass phrase of the private key. */
  readonly passphraseFile?: string | undefined
  /** Absolute path of a file with an OCSP response (DER), stapled to the certificate. */
  readonly ocspFile?: string | undefined
  /** In place of `cert` and `key`: Weir orders the certificate from an authority, and renews it when a third of its time is left. */
  readonly acme?: {
    /** URL of the authority's directory. Ordering from it accepts its terms of service. */
    readonly directory: string
    /** Host names of the certificate. No wildcards, no IP addresses. */
    readonly domains: readonly (string)[]
    /** Where the authority may write to. */
    readonly email?: string | undefined
    /** How the authority validates the names. `tls-alpn-01`: it connects to port 443, which a user vserver with TLS serves. `http-01`: it sends a request to port 80, which a user vserver with HTTP serves. */
    readonly challenge?: 'tls-alpn-01' | 'http-01' | undefined
    /** Kind of the certificate's key, which is made anew for each order. */
    readonly keyType?: 'P-256' | 'P-384' | 'RSA-2048' | 'RSA-4096' | undefined
    /** Certkey whose `ca` verifies the authority's own server. Default: the system's authorities. */
    readonly ca?: string | undefined
    /** For authorities that know their customers by other accounts. */
    readonly externalAccountBinding?: {
      /** Key identifier, from the authority. */
      readonly keyId: string
      /** MAC key in base64url, from the authority. Write-only: no response contains it. */
      readonly hmacKey?: string | undefined
    } | undefined
  } | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

/** JSON Merge Patch (RFC 7396) of a certkey: what is left out stays, null resets a field to its default, objects merge, lists are replaced. */
export type CertkeyPatch = {
  /** Name of the certkey. */
  readonly name?: string | undefined
  readonly cert?: string | null | undefined
  readonly key?: string | null | undefined
  readonly ca?: string | null | undefined
  readonly crl?: string | null | undefined
  readonly psk?: string | null | undefined
  readonly certFile?: string | null | undefined
  readonly keyFile?: string | null | undefined
  readonly caFile?: string | null | undefined
  readonly crlFile?: string | null | undefined
  readonly pskFile?: string | null | undefined
  readonly passphraseFile?: string | null | undefined
  readonly ocspFile?: string | null | undefined
  readonly acme?: {
    /** URL of the authority's directory. Ordering from it accepts its terms of service. */
    readonly directory?: string | undefined
    /** Host names of the certificate. No wildcards, no IP addresses. */
    readonly domains?: readonly (string)[] | undefined
    /** Where the authority may write to. */
    readonly email?: string | undefined
    /** How the authority validates the names. `tls-alpn-01`: it connects to port 443, which a user vserver with TLS serves. `http-01`: it sends a request to port 80, which a user vserver with HTTP serves. */
    readonly challenge?: 'tls-alpn-01' | 'http-01' | undefined
    /** Kind of the certificate's key, which is made anew for each order. */
    readonly keyType?: 'P-256' | 'P-384' | 'RSA-2048' | 'RSA-4096' | undefined
    /** Certkey whose `ca` verifies the authority's own server. Default: the system's authorities. */
    readonly ca?: string | undefined
    /** For authorities that know their customers by other accounts. */
    readonly externalAccountBinding?: {
      /** Key identifier, from the authority. */
      readonly keyId: string
      /** MAC key in base64url, from the authority. Write-only: no response contains it. */
      readonly hmacKey?: string | undefined
    } | undefined
  } | null | undefined
  readonly comment?: string | null | undefined
  readonly status?: EntityStatus | undefined
}

export type CertkeyList = {
  readonly items: readonly (Certkey)[]
}

export type Monitor = {
  /** Name of the monitor. */
  readonly name: string
  /** Opens a TCP connection; the server is up if it accepts. */
  readonly type: 'tcp'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Time between two probes. */
  readonly intervalSeconds: number
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter: number
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds: number
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries: number
  /** Consecutive failures that take a service down. */
  readonly downAfter: number
  /** Consecutive successes that bring a down service up. */
  readonly upAfter: number
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse: boolean
  /** Counts against `monitorThreshold` of the service. */
  readonly weight: number
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
} | {
  /** Name of the monitor. */
  readonly name: string
  /** Opens a TCP connection and TLS; the server is up if the handshake succeeds. */
  readonly type: 'tls'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Name to send (SNI) and to verify. Default: that of the service, or its address. */
  readonly serverName?: string | undefined
  /** Accepts any certificate. Default: the certificate is verified as `tls.verify` of the service has it. */
  readonly insecure: boolean
  /** Certkey whose `ca` bundle is trusted. Default: that of the service, or the system store. */
  readonly ca?: string | undefined
  /** Application protocols to offer (ALPN). */
  readonly alpn: readonly (string)[]
  /** Time between two probes. */
  readonly intervalSeconds: number
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter: number
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds: number
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries: number
  /** Consecutive failures that take a service down. */
  readonly downAfter: number
  /** Consecutive successes that bring a down service up. */
  readonly upAfter: number
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse: boolean
  /** Counts against `monitorThreshold` of the service. */
  readonly weight: number
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
} | {
  /** Name of the monitor. */
  readonly name: string
  /** Sends an HTTP request; the server is up if status and body are as expected. */
  readonly type: 'http'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Method of the request. */
  readonly method: 'GET' | 'HEAD' | 'OPTIONS'
  /** Path to request, with a query if the server needs one. */
  readonly path: string
  /** Headers to send, such as `Host`. The case of their names does not matter. Not for secrets: the API shows them. */
  readonly headers: Readonly<Record<string, string>>
  /** Statuses of a server that is up: `204`, `2xx` or `200-299`. */
  readonly expectedCodes: readonly (string)[]
  /** Text that the body has, in upper or lower case, within its first MiB. Default: any body. */
  readonly expectedBody: string
  /** Redirects to follow on the same server and with the same Host. The last response counts. */
  readonly redirects: number
  /** Time between two probes. */
  readonly intervalSeconds: number
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter: number
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds: number
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries: number
  /** Consecutive failures that take a service down. */
  readonly downAfter: number
  /** Consecutive successes that bring a down service up. */
  readonly upAfter: number
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse: boolean
  /** Counts against `monitorThreshold` of the service. */
  readonly weight: number
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
} | {
  /** Name of the monitor. */
  readonly name: string
  /** Sends an HTTP request over TLS. */
  readonly type: 'https'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Method of the request. */
  readonly method: 'GET' | 'HEAD' | 'OPTIONS'
  /** Path to request, with a query if the server needs one. */
  readonly path: string
  /** Headers to send, such as `Host`. The case of their names does not matter. Not for secrets: the API shows them. */
  readonly headers: Readonly<Record<string, string>>
  /** Statuses of a server that is up: `204`, `2xx` or `200-299`. */
  readonly expectedCodes: readonly (string)[]
  /** Text that the body has, in upper or lower case, within its first MiB. Default: any body. */
  readonly expectedBody: string
  /** Redirects to follow on the same server and with the same Host. The last response counts. */
  readonly redirects: number
  /** Name to send (SNI) and to verify. Default: that of the service, or its address. */
  readonly serverName?: string | undefined
  /** Accepts any certificate. Default: the certificate is verified as `tls.verify` of the service has it. */
  readonly insecure: boolean
  /** Certkey whose `ca` bundle is trusted. Default: that of the service, or the system store. */
  readonly ca?: string | undefined
  /** Time between two probes. */
  readonly intervalSeconds: number
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter: number
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds: number
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries: number
  /** Consecutive failures that take a service down. */
  readonly downAfter: number
  /** Consecutive successes that bring a down service up. */
  readonly upAfter: number
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse: boolean
  /** Counts against `monitorThreshold` of the service. */
  readonly weight: number
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
} | {
  /** Name of the monitor. */
  readonly name: string
  /** Opens a WebSocket; the server is up if it answers 101 and selects the sub-protocol. */
  readonly type: 'ws'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Path to request, with a query if the server needs one. */
  readonly path: string
  /** Headers to send, such as `Host`. The case of their names does not matter. Not for secrets: the API shows them. */
  readonly headers: Readonly<Record<string, string>>
  /** Sub-protocol to offer, which the server has to select. Default: none. */
  readonly subprotocol?: string | undefined
  /** Time between two probes. */
  readonly intervalSeconds: number
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter: number
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds: number
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries: number
  /** Consecutive failures that take a service down. */
  readonly downAfter: number
  /** Consecutive successes that bring a down service up. */
  readonly upAfter: number
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse: boolean
  /** Counts against `monitorThreshold` of the service. */
  readonly weight: number
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
} | {
  /** Name of the monitor. */
  readonly name: string
  /** Opens a WebSocket over TLS. */
  readonly type: 'wss'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Path to request, with a query if the server needs one. */
  readonly path: string
  /** Headers to send, such as `Host`. The case of their names does not matter. Not for secrets: the API shows them. */
  readonly headers: Readonly<Record<string, string>>
  /** Sub-protocol to offer, which the server has to select. Default: none. */
  readonly subprotocol?: string | undefined
  /** Name to send (SNI) and to verify. Default: that of the service, or its address. */
  readonly serverName?: string | undefined
  /** Accepts any certificate. Default: the certificate is verified as `tls.verify` of the service has it. */
  readonly insecure: boolean
  /** Certkey whose `ca` bundle is trusted. Default: that of the service, or the system store. */
  readonly ca?: string | undefined
  /** Time between two probes. */
  readonly intervalSeconds: number
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter: number
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds: number
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries: number
  /** Consecutive failures that take a service down. */
  readonly downAfter: number
  /** Consecutive successes that bring a down service up. */
  readonly upAfter: number
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse: boolean
  /** Counts against `monitorThreshold` of the service. */
  readonly weight: number
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
} | {
  /** Name of the monitor. */
  readonly name: string
  /** Sends bytes over the layers of the service's type; the server is up if its answer begins as expected. */
  readonly type: 'send-expect'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Form of `send` and `expect`: text in UTF-8, or bytes in hexadecimal, with `??` in `expect` for any byte: `20 02 ?? 00`. */
  readonly format: 'text' | 'hex'
  /** Bytes to send. Default: none; the server speaks first. Not for secrets: the API shows them. */
  readonly send: string
  /** Bytes at the beginning of the answer to ignore. */
  readonly skip: number
  /** The following bytes of the answer. */
  readonly expect: string
  /** Time between two probes. */
  readonly intervalSeconds: number
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter: number
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds: number
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries: number
  /** Consecutive failures that take a service down. */
  readonly downAfter: number
  /** Consecutive successes that bring a down service up. */
  readonly upAfter: number
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse: boolean
  /** Counts against `monitorThreshold` of the service. */
  readonly weight: number
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
} | {
  /** Name of the monitor. */
  readonly name: string
  /** Sends the `probe` of an extension, over the layers of the service's type; the extension judges the replies. */
  readonly type: 'extension'
  /** Extension with the `probe`. The version for new connections runs it. */
  readonly extension: string
  /** Values for the parameters that the probe declares. Not for secrets: the API shows them. */
  readonly params: Readonly<Record<string, string | number | boolean | readonly (Readonly<Record<string, string | number | boolean>>)[]>>
  /** Absolute paths of files, by the names of the secrets that the probe declares: the first line of each is the secret. The control process reads them for each probe. */
  readonly secretFiles: Readonly<Record<string, string>>
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Time between two probes. */
  readonly intervalSeconds: number
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter: number
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds: number
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries: number
  /** Consecutive failures that take a service down. */
  readonly downAfter: number
  /** Consecutive successes that bring a down service up. */
  readonly upAfter: number
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse: boolean
  /** Counts against `monitorThreshold` of the service. */
  readonly weight: number
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
} | {
  /** Name of the monitor. */
  readonly name: string
  /** Sends nothing; the service is down for `downSeconds` once clients met enough failures. */
  readonly type: 'passive'
  /** Failures that count. `dial-failed`: a connection could not be opened. `closed`: the server closed a connection before its first byte. `unanswered`: the first byte did not come within `firstReplyTimeoutSeconds`. `refused`: the server refused in its protocol, as the extension reports it. */
  readonly counts: readonly ('dial-failed' | 'closed' | 'unanswered' | 'refused')[]
  /** Failures within `windowSeconds` that take the service down, of all workers. */
  readonly failures: number
  /** Time within which failures are counted. One more failure within this time after the service came back takes it down again. */
  readonly windowSeconds: number
  /** Time after which the service is tried again. */
  readonly downSeconds: number
  /** Counts against `monitorThreshold` of the service. */
  readonly weight: number
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type MonitorInput = {
  /** Name of the monitor. */
  readonly name: string
  /** Opens a TCP connection; the server is up if it accepts. */
  readonly type: 'tcp'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Time between two probes. */
  readonly intervalSeconds?: number | undefined
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter?: number | undefined
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds?: number | undefined
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries?: number | undefined
  /** Consecutive failures that take a service down. */
  readonly downAfter?: number | undefined
  /** Consecutive successes that bring a down service up. */
  readonly upAfter?: number | undefined
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse?: boolean | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
} | {
  /** Name of the monitor. */
  readonly name: string
  /** Opens a TCP connection and TLS; the server is up if the handshake succeeds. */
  readonly type: 'tls'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Name to send (SNI) and to verify. Default: that of the service, or its address. */
  readonly serverName?: string | undefined
  /** Accepts any certificate. Default: the certificate is verified as `tls.verify` of the service has it. */
  readonly insecure?: boolean | undefined
  /** Certkey whose `ca` bundle is trusted. Default: that of the service, or the system store. */
  readonly ca?: string | undefined
  /** Application protocols to offer (ALPN). */
  readonly alpn?: readonly (string)[] | undefined
  /** Time between two probes. */
  readonly intervalSeconds?: number | undefined
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter?: number | undefined
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds?: number | undefined
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries?: number | undefined
  /** Consecutive failures that take a service down. */
  readonly downAfter?: number | undefined
  /** Consecutive successes that bring a down service up. */
  readonly upAfter?: number | undefined
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse?: boolean | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
} | {
  /** Name of the monitor. */
  readonly name: string
  /** Sends an HTTP request; the server is up if status and body are as expected. */
  readonly type: 'http'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Method of the request. */
  readonly method?: 'GET' | 'HEAD' | 'OPTIONS' | undefined
  /** Path to request, with a query if the server needs one. */
  readonly path?: string | undefined
  /** Headers to send, such as `Host`. The case of their names does not matter. Not for secrets: the API shows them. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Statuses of a server that is up: `204`, `2xx` or `200-299`. */
  readonly expectedCodes?: readonly (string)[] | undefined
  /** Text that the body has, in upper or lower case, within its first MiB. Default: any body. */
  readonly expectedBody?: string | undefined
  /** Redirects to follow on the same server and with the same Host. The last response counts. */
  readonly redirects?: number | undefined
  /** Time between two probes. */
  readonly intervalSeconds?: number | undefined
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter?: number | undefined
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds?: number | undefined
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries?: number | undefined
  /** Consecutive failures that take a service down. */
  readonly downAfter?: number | undefined
  /** Consecutive successes that bring a down service up. */
  readonly upAfter?: number | undefined
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse?: boolean | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
} | {
  /** Name of the monitor. */
  readonly name: string
  /** Sends an HTTP request over TLS. */
  readonly type: 'https'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Method of the request. */
  readonly method?: 'GET' | 'HEAD' | 'OPTIONS' | undefined
  /** Path to request, with a query if the server needs one. */
  readonly path?: string | undefined
  /** Headers to send, such as `Host`. The case of their names does not matter. Not for secrets: the API shows them. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Statuses of a server that is up: `204`, `2xx` or `200-299`. */
  readonly expectedCodes?: readonly (string)[] | undefined
  /** Text that the body has, in upper or lower case, within its first MiB. Default: any body. */
  readonly expectedBody?: string | undefined
  /** Redirects to follow on the same server and with the same Host. The last response counts. */
  readonly redirects?: number | undefined
  /** Name to send (SNI) and to verify. Default: that of the service, or its address. */
  readonly serverName?: string | undefined
  /** Accepts any certificate. Default: the certificate is verified as `tls.verify` of the service has it. */
  readonly insecure?: boolean | undefined
  /** Certkey whose `ca` bundle is trusted. Default: that of the service, or the system store. */
  readonly ca?: string | undefined
  /** Time between two probes. */
  readonly intervalSeconds?: number | undefined
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter?: number | undefined
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds?: number | undefined
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries?: number | undefined
  /** Consecutive failures that take a service down. */
  readonly downAfter?: number | undefined
  /** Consecutive successes that bring a down service up. */
  readonly upAfter?: number | undefined
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse?: boolean | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
} | {
  /** Name of the monitor. */
  readonly name: string
  /** Opens a WebSocket; the server is up if it answers 101 and selects the sub-protocol. */
  readonly type: 'ws'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Path to request, with a query if the server needs one. */
  readonly path?: string | undefined
  /** Headers to send, such as `Host`. The case of their names does not matter. Not for secrets: the API shows them. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Sub-protocol to offer, which the server has to select. Default: none. */
  readonly subprotocol?: string | undefined
  /** Time between two probes. */
  readonly intervalSeconds?: number | undefined
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter?: number | undefined
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds?: number | undefined
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries?: number | undefined
  /** Consecutive failures that take a service down. */
  readonly downAfter?: number | undefined
  /** Consecutive successes that bring a down service up. */
  readonly upAfter?: number | undefined
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse?: boolean | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
} | {
  /** Name of the monitor. */
  readonly name: string
  /** Opens a WebSocket over TLS. */
  readonly type: 'wss'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Path to request, with a query if the server needs one. */
  readonly path?: string | undefined
  /** Headers to send, such as `Host`. The case of their names does not matter. Not for secrets: the API shows them. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Sub-protocol to offer, which the server has to select. Default: none. */
  readonly subprotocol?: string | undefined
  /** Name to send (SNI) and to verify. Default: that of the service, or its address. */
  readonly serverName?: string | undefined
  /** Accepts any certificate. Default: the certificate is verified as `tls.verify` of the service has it. */
  readonly insecure?: boolean | undefined
  /** Certkey whose `ca` bundle is trusted. Default: that of the service, or the system store. */
  readonly ca?: string | undefined
  /** Time between two probes. */
  readonly intervalSeconds?: number | undefined
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter?: number | undefined
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds?: number | undefined
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries?: number | undefined
  /** Consecutive failures that take a service down. */
  readonly downAfter?: number | undefined
  /** Consecutive successes that bring a down service up. */
  readonly upAfter?: number | undefined
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse?: boolean | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
} | {
  /** Name of the monitor. */
  readonly name: string
  /** Sends bytes over the layers of the service's type; the server is up if its answer begins as expected. */
  readonly type: 'send-expect'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Form of `send` and `expect`: text in UTF-8, or bytes in hexadecimal, with `??` in `expect` for any byte: `20 02 ?? 00`. */
  readonly format?: 'text' | 'hex' | undefined
  /** Bytes to send. Default: none; the server speaks first. Not for secrets: the API shows them. */
  readonly send?: string | undefined
  /** Bytes at the beginning of the answer to ignore. */
  readonly skip?: number | undefined
  /** The following bytes of the answer. */
  readonly expect: string
  /** Time between two probes. */
  readonly intervalSeconds?: number | undefined
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter?: number | undefined
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds?: number | undefined
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries?: number | undefined
  /** Consecutive failures that take a service down. */
  readonly downAfter?: number | undefined
  /** Consecutive successes that bring a down service up. */
  readonly upAfter?: number | undefined
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse?: boolean | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
} | {
  /** Name of the monitor. */
  readonly name: string
  /** Sends the `probe` of an extension, over the layers of the service's type; the extension judges the replies. */
  readonly type: 'extension'
  /** Extension with the `probe`. The version for new connections runs it. */
  readonly extension: string
  /** Values for the parameters that the probe declares. Not for secrets: the API shows them. */
  readonly params?: Readonly<Record<string, string | number | boolean | readonly (Readonly<Record<string, string | number | boolean>>)[]>> | undefined
  /** Absolute paths of files, by the names of the secrets that the probe declares: the first line of each is the secret. The control process reads them for each probe. */
  readonly secretFiles?: Readonly<Record<string, string>> | undefined
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Time between two probes. */
  readonly intervalSeconds?: number | undefined
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter?: number | undefined
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds?: number | undefined
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries?: number | undefined
  /** Consecutive failures that take a service down. */
  readonly downAfter?: number | undefined
  /** Consecutive successes that bring a down service up. */
  readonly upAfter?: number | undefined
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse?: boolean | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
} | {
  /** Name of the monitor. */
  readonly name: string
  /** Sends nothing; the service is down for `downSeconds` once clients met enough failures. */
  readonly type: 'passive'
  /** Failures that count. `dial-failed`: a connection could not be opened. `closed`: the server closed a connection before its first byte. `unanswered`: the first byte did not come within `firstReplyTimeoutSeconds`. `refused`: the server refused in its protocol, as the extension reports it. */
  readonly counts?: readonly ('dial-failed' | 'closed' | 'unanswered' | 'refused')[] | undefined
  /** Failures within `windowSeconds` that take the service down, of all workers. */
  readonly failures?: number | undefined
  /** Time within which failures are counted. One more failure within this time after the service came back takes it down again. */
  readonly windowSeconds?: number | undefined
  /** Time after which the service is tried again. */
  readonly downSeconds?: number | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type MonitorReplacement = {
  /** Name of the monitor. */
  readonly name?: string | undefined
  /** Opens a TCP connection; the server is up if it accepts. */
  readonly type: 'tcp'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Time between two probes. */
  readonly intervalSeconds?: number | undefined
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter?: number | undefined
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds?: number | undefined
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries?: number | undefined
  /** Consecutive failures that take a service down. */
  readonly downAfter?: number | undefined
  /** Consecutive successes that bring a down service up. */
  readonly upAfter?: number | undefined
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse?: boolean | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
} | {
  /** Name of the monitor. */
  readonly name?: string | undefined
  /** Opens a TCP connection and TLS; the server is up if the handshake succeeds. */
  readonly type: 'tls'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Name to send (SNI) and to verify. Default: that of the service, or its address. */
  readonly serverName?: string | undefined
  /** Accepts any certificate. Default: the certificate is verified as `tls.verify` of the service has it. */
  readonly insecure?: boolean | undefined
  /** Certkey whose `ca` bundle is trusted. Default: that of the service, or the system store. */
  readonly ca?: string | undefined
  /** Application protocols to offer (ALPN). */
  readonly alpn?: readonly (string)[] | undefined
  /** Time between two probes. */
  readonly intervalSeconds?: number | undefined
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter?: number | undefined
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds?: number | undefined
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries?: number | undefined
  /** Consecutive failures that take a service down. */
  readonly downAfter?: number | undefined
  /** Consecutive successes that bring a down service up. */
  readonly upAfter?: number | undefined
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse?: boolean | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
} | {
  /** Name of the monitor. */
  readonly name?: string | undefined
  /** Sends an HTTP request; the server is up if status and body are as expected. */
  readonly type: 'http'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Method of the request. */
  readonly method?: 'GET' | 'HEAD' | 'OPTIONS' | undefined
  /** Path to request, with a query if the server needs one. */
  readonly path?: string | undefined
  /** Headers to send, such as `Host`. The case of their names does not matter. Not for secrets: the API shows them. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Statuses of a server that is up: `204`, `2xx` or `200-299`. */
  readonly expectedCodes?: readonly (string)[] | undefined
  /** Text that the body has, in upper or lower case, within its first MiB. Default: any body. */
  readonly expectedBody?: string | undefined
  /** Redirects to follow on the same server and with the same Host. The last response counts. */
  readonly redirects?: number | undefined
  /** Time between two probes. */
  readonly intervalSeconds?: number | undefined
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter?: number | undefined
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds?: number | undefined
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries?: number | undefined
  /** Consecutive failures that take a service down. */
  readonly downAfter?: number | undefined
  /** Consecutive successes that bring a down service up. */
  readonly upAfter?: number | undefined
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse?: boolean | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
} | {
  /** Name of the monitor. */
  readonly name?: string | undefined
  /** Sends an HTTP request over TLS. */
  readonly type: 'https'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Method of the request. */
  readonly method?: 'GET' | 'HEAD' | 'OPTIONS' | undefined
  /** Path to request, with a query if the server needs one. */
  readonly path?: string | undefined
  /** Headers to send, such as `Host`. The case of their names does not matter. Not for secrets: the API shows them. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Statuses of a server that is up: `204`, `2xx` or `200-299`. */
  readonly expectedCodes?: readonly (string)[] | undefined
  /** Text that the body has, in upper or lower case, within its first MiB. Default: any body. */
  readonly expectedBody?: string | undefined
  /** Redirects to follow on the same server and with the same Host. The last response counts. */
  readonly redirects?: number | undefined
  /** Name to send (SNI) and to verify. Default: that of the service, or its address. */
  readonly serverName?: string | undefined
  /** Accepts any certificate. Default: the certificate is verified as `tls.verify` of the service has it. */
  readonly insecure?: boolean | undefined
  /** Certkey whose `ca` bundle is trusted. Default: that of the service, or the system store. */
  readonly ca?: string | undefined
  /** Time between two probes. */
  readonly intervalSeconds?: number | undefined
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter?: number | undefined
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds?: number | undefined
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries?: number | undefined
  /** Consecutive failures that take a service down. */
  readonly downAfter?: number | undefined
  /** Consecutive successes that bring a down service up. */
  readonly upAfter?: number | undefined
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse?: boolean | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
} | {
  /** Name of the monitor. */
  readonly name?: string | undefined
  /** Opens a WebSocket; the server is up if it answers 101 and selects the sub-protocol. */
  readonly type: 'ws'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Path to request, with a query if the server needs one. */
  readonly path?: string | undefined
  /** Headers to send, such as `Host`. The case of their names does not matter. Not for secrets: the API shows them. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Sub-protocol to offer, which the server has to select. Default: none. */
  readonly subprotocol?: string | undefined
  /** Time between two probes. */
  readonly intervalSeconds?: number | undefined
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter?: number | undefined
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds?: number | undefined
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries?: number | undefined
  /** Consecutive failures that take a service down. */
  readonly downAfter?: number | undefined
  /** Consecutive successes that bring a down service up. */
  readonly upAfter?: number | undefined
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse?: boolean | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
} | {
  /** Name of the monitor. */
  readonly name?: string | undefined
  /** Opens a WebSocket over TLS. */
  readonly type: 'wss'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Path to request, with a query if the server needs one. */
  readonly path?: string | undefined
  /** Headers to send, such as `Host`. The case of their names does not matter. Not for secrets: the API shows them. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Sub-protocol to offer, which the server has to select. Default: none. */
  readonly subprotocol?: string | undefined
  /** Name to send (SNI) and to verify. Default: that of the service, or its address. */
  readonly serverName?: string | undefined
  /** Accepts any certificate. Default: the certificate is verified as `tls.verify` of the service has it. */
  readonly insecure?: boolean | undefined
  /** Certkey whose `ca` bundle is trusted. Default: that of the service, or the system store. */
  readonly ca?: string | undefined
  /** Time between two probes. */
  readonly intervalSeconds?: number | undefined
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter?: number | undefined
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds?: number | undefined
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries?: number | undefined
  /** Consecutive failures that take a service down. */
  readonly downAfter?: number | undefined
  /** Consecutive successes that bring a down service up. */
  readonly upAfter?: number | undefined
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse?: boolean | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
} | {
  /** Name of the monitor. */
  readonly name?: string | undefined
  /** Sends bytes over the layers of the service's type; the server is up if its answer begins as expected. */
  readonly type: 'send-expect'
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Form of `send` and `expect`: text in UTF-8, or bytes in hexadecimal, with `??` in `expect` for any byte: `20 02 ?? 00`. */
  readonly format?: 'text' | 'hex' | undefined
  /** Bytes to send. Default: none; the server speaks first. Not for secrets: the API shows them. */
  readonly send?: string | undefined
  /** Bytes at the beginning of the answer to ignore. */
  readonly skip?: number | undefined
  /** The following bytes of the answer. */
  readonly expect: string
  /** Time between two probes. */
  readonly intervalSeconds?: number | undefined
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter?: number | undefined
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds?: number | undefined
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries?: number | undefined
  /** Consecutive failures that take a service down. */
  readonly downAfter?: number | undefined
  /** Consecutive successes that bring a down service up. */
  readonly upAfter?: number | undefined
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse?: boolean | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
} | {
  /** Name of the monitor. */
  readonly name?: string | undefined
  /** Sends the `probe` of an extension, over the layers of the service's type; the extension judges the replies. */
  readonly type: 'extension'
  /** Extension with the `probe`. The version for new connections runs it. */
  readonly extension: string
  /** Values for the parameters that the probe declares. Not for secrets: the API shows them. */
  readonly params?: Readonly<Record<string, string | number | boolean | readonly (Readonly<Record<string, string | number | boolean>>)[]>> | undefined
  /** Absolute paths of files, by the names of the secrets that the probe declares: the first line of each is the secret. The control process reads them for each probe. */
  readonly secretFiles?: Readonly<Record<string, string>> | undefined
  /** Port to probe. Default: that of the service. */
  readonly port?: number | undefined
  /** Time between two probes. */
  readonly intervalSeconds?: number | undefined
  /** Part of the interval by which it varies either way, so that many monitors do not probe in step. */
  readonly jitter?: number | undefined
  /** Time-out of a probe, in seconds. */
  readonly timeoutSeconds?: number | undefined
  /** Repeats of a failed probe, at once, before it counts as failed. */
  readonly retries?: number | undefined
  /** Consecutive failures that take a service down. */
  readonly downAfter?: number | undefined
  /** Consecutive successes that bring a down service up. */
  readonly upAfter?: number | undefined
  /** Time between two probes while the monitor is down. Default: `intervalSeconds`. */
  readonly downSeconds?: number | undefined
  /** A probe that succeeds counts as failed, and one that fails as succeeded. */
  readonly reverse?: boolean | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
} | {
  /** Name of the monitor. */
  readonly name?: string | undefined
  /** Sends nothing; the service is down for `downSeconds` once clients met enough failures. */
  readonly type: 'passive'
  /** Failures that count. `dial-failed`: a connection could not be opened. `closed`: the server closed a connection before its first byte. `unanswered`: the first byte did not come within `firstReplyTimeoutSeconds`. `refused`: the server refused in its protocol, as the extension reports it. */
  readonly counts?: readonly ('dial-failed' | 'closed' | 'unanswered' | 'refused')[] | undefined
  /** Failures within `windowSeconds` that take the service down, of all workers. */
  readonly failures?: number | undefined
  /** Time within which failures are counted. One more failure within this time after the service came back takes it down again. */
  readonly windowSeconds?: number | undefined
  /** Time after which the service is tried again. */
  readonly downSeconds?: number | undefined
  /** Counts against `monitorThreshold` of the service. */
  readonly weight?: number | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

/** JSON Merge Patch (RFC 7396) of a monitor: what is left out stays, null resets a field to its default, objects merge, lists are replaced. */
export type MonitorPatch = {
  /** Name of the monitor. */
  readonly name?: string | undefined
  readonly type?: 'tcp' | 'tls' | 'http' | 'https' | 'ws' | 'wss' | 'send-expect' | 'extension' | 'passive' | null | undefined
  readonly port?: number | null | undefined
  readonly intervalSeconds?: number | null | undefined
  readonly jitter?: number | null | undefined
  readonly timeoutSeconds?: number | null | undefined
  readonly retries?: number | null | undefined
  readonly downAfter?: number | null | undefined
  readonly upAfter?: number | null | undefined
  readonly downSeconds?: number | null | undefined
  readonly reverse?: boolean | null | undefined
  readonly weight?: number | null | undefined
  readonly comment?: string | null | undefined
  readonly status?: EntityStatus | undefined
  readonly serverName?: string | null | undefined
  readonly insecure?: boolean | null | undefined
  readonly ca?: string | null | undefined
  readonly alpn?: readonly (string)[] | null | undefined
  readonly method?: 'GET' | 'HEAD' | 'OPTIONS' | null | undefined
  readonly path?: string | null | undefined
  readonly headers?: Readonly<Record<string, string>> | null | undefined
  readonly expectedCodes?: readonly (string)[] | null | undefined
  readonly expectedBody?: string | null | undefined
  readonly redirects?: number | null | undefined
  readonly subprotocol?: string | null | undefined
  readonly format?: 'text' | 'hex' | null | undefined
  readonly send?: string | null | undefined
  readonly skip?: number | null | undefined
  readonly expect?: string | null | undefined
  readonly extension?: string | null | undefined
  readonly params?: Readonly<Record<string, string | number | boolean | readonly (Readonly<Record<string, string | number | boolean>>)[]>> | null | undefined
  readonly secretFiles?: Readonly<Record<string, string>> | null | undefined
  readonly counts?: readonly ('dial-failed' | 'closed' | 'unanswered' | 'refused')[] | null | undefined
  readonly failures?: number | null | undefined
  readonly windowSeconds?: number | null | undefined
}

export type MonitorList = {
  readonly items: readonly (Monitor)[]
}

export type Service = {
  /** Name of the service. */
  readonly name: string
  /** IP address or host name of the server, without brackets and port. */
  readonly address: string
  /** Port of the server; 0 for an SRV name, whose records have the port. */
  readonly port: number
  /** What a host name stands for. `first`: one server, reached by the first of its addresses that accepts. `all`: every address is a server of its own, a member of this service. An SRV name (`_mqtt._tcp.example.com`) needs `all`. DNS answers are followed either way. */
  readonly resolve: 'first' | 'all'
  /** Time for which clients keep a member (`resolve: all`) whose address the name has no longer, in seconds. Afterwards they are closed. */
  readonly drainSeconds: number
  /** `USER_SSL_TCP` opens TLS to the server, `USER_WS` a WebSocket, `USER_WSS` both. */
  readonly type: 'USER_TCP' | 'USER_SSL_TCP' | 'USER_WS' | 'USER_WSS' | 'HTTP' | 'HTTPS'
  /** Starts TLS inside the protocol, as the extension of the clients declares (`serverTls`). For type USER_TCP. Monitors probe without TLS. */
  readonly startTls: boolean
  /** TLS to the server. For types with TLS, and where `startTls` is set. */
  readonly tls?: {
    /** Name to send (SNI) and to verify. Default: the address. */
    readonly serverName?: string | undefined
    /** Of the server's certificate: `strict` verifies the chain and the name, `full` the chain, `off` nothing. `true` is `strict`, `false` is `off`. */
    readonly verify: 'off' | 'full' | 'strict' | boolean
    /** Certkey whose `ca` bundle is trusted, and whose `crl` is applied. Default: the system store. */
    readonly ca?: string | undefined
    /** Certkey with which Weir identifies itself to the server. */
    readonly certificate?: string | undefined
    /** Application protocols to offer (ALPN). A server that agrees to none is taken. */
    readonly alpn: readonly (string)[]
  } | undefined
  /** WebSocket handshake with the server. Only for types USER_WS and USER_WSS. */
  readonly websocket?: {
    /** Path to request, with a query if the server needs one. */
    readonly path: string
    /** The only sub-protocol that is offered, such as `mqtt`. Default: none. */
    readonly subprotocol?: string | undefined
    /** Host header. Default: address and port of the service. */
    readonly host?: string | undefined
    /** Further headers to send. The case of their names does not matter. Not for secrets: the API shows them. */
    readonly headers: Readonly<Record<string, string>>
    /** Kind of the messages in both directions. */
    readonly messages: 'binary' | 'text'
    /** Maximum size of one WebSocket message from the server. */
    readonly maxMessageBytes: number
  } | undefined
  /** Tells the server the client's address by a header of the PROXY protocol. Version 2 also has the server name, the protocol (ALPN), TLS and an ID of the connection. Default: no header. */
  readonly proxyProtocol?: 'v1' | 'v2' | undefined
  /** Maximum simultaneous connections, and HTTP requests, of all workers and all nodes of a cluster together; 0 means no limit. Only clients for the server of another client's session (`known`) and messages for every service exceed it. */
  readonly maxClients: number
  /** Time-out of a dial, in seconds; afterwards another service is tried. */
  readonly connectTimeoutSeconds: number
  /** Time for the first byte of the server after what a client has sent; while a message of the client is not whole, the time begins again. 0 means no limit. Beyond it the service is suspect for a while, and the client is tried elsewhere where its extension allows a resend, or ends as `first-reply-timeout`. Not with `per-message` balancing, and not for HTTP. */
  readonly firstReplyTimeoutSeconds: number
  /** TCP keep-alive of new connections, to detect a server that vanished. */
  readonly tcpKeepAlive: {
    /** Time without a packet after which the peer is probed; 0 means never. */
    readonly idleSeconds: number
    /** Time between two probes. */
    readonly intervalSeconds: number
    /** Unanswered probes after which the connection is closed. */
    readonly probes: number
  }
  /** Health probes, beside those of its LB vservers: the fields of a monitor without its name, or `{"type": "named", "name": …, "weight": …}` for one of the list. An empty list switches them off. */
  readonly monitors: readonly (MonitorUse)[]
  /** Sum of the weights of monitors that are up, below which the service is down. 0: one monitor that is down takes it down. */
  readonly monitorThreshold: number
  /** `sessions-only` accepts only clients whose persistence entry names it, `draining` no new clients; both keep existing ones. `disabled` also closes them. */
  readonly state: 'enabled' | 'sessions-only' | 'draining' | 'disabled'
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type ServiceInput = {
  /** Name of the service. */
  readonly name: string
  /** IP address or host name of the server, without brackets and port. */
  readonly address: string
  /** Port of the server; 0 for an SRV name, whose records have the port. */
  readonly port: number
  /** What a host name stands for. `first`: one server, reached by the first of its addresses that accepts. `all`: every address is a server of its own, a member of this service. An SRV name (`_mqtt._tcp.example.com`) needs `all`. DNS answers are followed either way. */
  readonly resolve?: 'first' | 'all' | undefined
  /** Time for which clients keep a member (`resolve: all`) whose address the name has no longer, in seconds. Afterwards they are closed. */
  readonly drainSeconds?: number | undefined
  /** `USER_SSL_TCP` opens TLS to the server, `USER_WS` a WebSocket, `USER_WSS` both. */
  readonly type?: 'USER_TCP' | 'USER_SSL_TCP' | 'USER_WS' | 'USER_WSS' | 'HTTP' | 'HTTPS' | undefined
  /** Starts TLS inside the protocol, as the extension of the clients declares (`serverTls`). For type USER_TCP. Monitors probe without TLS. */
  readonly startTls?: boolean | undefined
  /** TLS to the server. For types with TLS, and where `startTls` is set. */
  readonly tls?: {
    /** Name to send (SNI) and to verify. Default: the address. */
    readonly serverName?: string | undefined
    /** Of the server's certificate: `strict` verifies the chain and the name, `full` the chain, `off` nothing. `true` is `strict`, `false` is `off`. */
    readonly verify?: 'off' | 'full' | 'strict' | boolean | undefined
    /** Certkey whose `ca` bundle is trusted, and whose `crl` is applied. Default: the system store. */
    readonly ca?: string | undefined
    /** Certkey with which Weir identifies itself to the server. */
    readonly certificate?: string | undefined
    /** Application protocols to offer (ALPN). A server that agrees to none is taken. */
    readonly alpn?: readonly (string)[] | undefined
  } | undefined
  /** WebSocket handshake with the server. Only for types USER_WS and USER_WSS. */
  readonly websocket?: {
    /** Path to request, with a query if the server needs one. */
    readonly path?: string | undefined
    /** The only sub-protocol that is offered, such as `mqtt`. Default: none. */
    readonly subprotocol?: string | undefined
    /** Host header. Default: address and port of the service. */
    readonly host?: string | undefined
    /** Further headers to send. The case of their names does not matter. Not for secrets: the API shows them. */
    readonly headers?: Readonly<Record<string, string>> | undefined
    /** Kind of the messages in both directions. */
    readonly messages?: 'binary' | 'text' | undefined
    /** Maximum size of one WebSocket message from the server. */
    readonly maxMessageBytes?: number | undefined
  } | undefined
  /** Tells the server the client's address by a header of the PROXY protocol. Version 2 also has the server name, the protocol (ALPN), TLS and an ID of the connection. Default: no header. */
  readonly proxyProtocol?: 'v1' | 'v2' | undefined
  /** Maximum simultaneous connections, and HTTP requests, of all workers and all nodes of a cluster together; 0 means no limit. Only clients for the server of another client's session (`known`) and messages for every service exceed it. */
  readonly maxClients?: number | undefined
  /** Time-out of a dial, in seconds; afterwards another service is tried. */
  readonly connectTimeoutSeconds?: number | undefined
  /** Time for the first byte of the server after what a client has sent; while a message of the client is not whole, the time begins again. 0 means no limit. Beyond it the service is suspect for a while, and the client is tried elsewhere where its extension allows a resend, or ends as `first-reply-timeout`. Not with `per-message` balancing, and not for HTTP. */
  readonly firstReplyTimeoutSeconds?: number | undefined
  /** TCP keep-alive of new connections, to detect a server that vanished. */
  readonly tcpKeepAlive?: {
    /** Time without a packet after which the peer is probed; 0 means never. */
    readonly idleSeconds?: number | undefined
    /** Time between two probes. */
    readonly intervalSeconds?: number | undefined
    /** Unanswered probes after which the connection is closed. */
    readonly probes?: number | undefined
  } | undefined
  /** Health probes, beside those of its LB vservers: the fields of a monitor without its name, or `{"type": "named", "name": …, "weight": …}` for one of the list. An empty list switches them off. */
  readonly monitors?: readonly (MonitorUseInput)[] | undefined
  /** Sum of the weights of monitors that are up, below which the service is down. 0: one monitor that is down takes it down. */
  readonly monitorThreshold?: number | undefined
  /** `sessions-only` accepts only clients whose persistence entry names it, `draining` no new clients; both keep existing ones. `disabled` also closes them. */
  readonly state?: 'enabled' | 'sessions-only' | 'draining' | 'disabled' | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type ServiceReplacement = {
  /** Name of the service. */
  readonly name?: string | undefined
  /** IP address or host name of the server, without brackets and port. */
  readonly address: string
  /** Port of the server; 0 for an SRV name, whose records have the port. */
  readonly port: number
  /** What a host name stands for. `first`: one server, reached by the first of its addresses that accepts. `all`: every address is a server of its own, a member of this service. An SRV name (`_mqtt._tcp.example.com`) needs `all`. DNS answers are followed either way. */
  readonly resolve?: 'first' | 'all' | undefined
  /** Time for which clients keep a member (`resolve: all`) whose address the name has no longer, in seconds. Afterwards they are closed. */
  readonly drainSeconds?: number | undefined
  /** `USER_SSL_TCP` opens TLS to the server, `USER_WS` a WebSocket, `USER_WSS` both. */
  readonly type?: 'USER_TCP' | 'USER_SSL_TCP' | 'USER_WS' | 'USER_WSS' | 'HTTP' | 'HTTPS' | undefined
  /** Starts TLS inside the protocol, as the extension of the clients declares (`serverTls`). For type USER_TCP. Monitors probe without TLS. */
  readonly startTls?: boolean | undefined
  /** TLS to the server. For types with TLS, and where `startTls` is set. */
  readonly tls?: {
    /** Name to send (SNI) and to verify. Default: the address. */
    readonly serverName?: string | undefined
    /** Of the server's certificate: `strict` verifies the chain and the name, `full` the chain, `off` nothing. `true` is `strict`, `false` is `off`. */
    readonly verify?: 'off' | 'full' | 'strict' | boolean | undefined
    /** Certkey whose `ca` bundle is trusted, and whose `crl` is applied. Default: the system store. */
    readonly ca?: string | undefined
    /** Certkey with which Weir identifies itself to the server. */
    readonly certificate?: string | undefined
    /** Application protocols to offer (ALPN). A server that agrees to none is taken. */
    readonly alpn?: readonly (string)[] | undefined
  } | undefined
  /** WebSocket handshake with the server. Only for types USER_WS and USER_WSS. */
  readonly websocket?: {
    /** Path to request, with a query if the server needs one. */
    readonly path?: string | undefined
    /** The only sub-protocol that is offered, such as `mqtt`. Default: none. */
    readonly subprotocol?: string | undefined
    /** Host header. Default: address and port of the service. */
    readonly host?: string | undefined
    /** Further headers to send. The case of their names does not matter. Not for secrets: the API shows them. */
    readonly headers?: Readonly<Record<string, string>> | undefined
    /** Kind of the messages in both directions. */
    readonly messages?: 'binary' | 'text' | undefined
    /** Maximum size of one WebSocket message from the server. */
    readonly maxMessageBytes?: number | undefined
  } | undefined
  /** Tells the server the client's address by a header of the PROXY protocol. Version 2 also has the server name, the protocol (ALPN), TLS and an ID of the connection. Default: no header. */
  readonly proxyProtocol?: 'v1' | 'v2' | undefined
  /** Maximum simultaneous connections, and HTTP requests, of all workers and all nodes of a cluster together; 0 means no limit. Only clients for the server of another client's session (`known`) and messages for every service exceed it. */
  readonly maxClients?: number | undefined
  /** Time-out of a dial, in seconds; afterwards another service is tried. */
  readonly connectTimeoutSeconds?: number | undefined
  /** Time for the first byte of the server after what a client has sent; while a message of the client is not whole, the time begins again. 0 means no limit. Beyond it the service is suspect for a while, and the client is tried elsewhere where its extension allows a resend, or ends as `first-reply-timeout`. Not with `per-message` balancing, and not for HTTP. */
  readonly firstReplyTimeoutSeconds?: number | undefined
  /** TCP keep-alive of new connections, to detect a server that vanished. */
  readonly tcpKeepAlive?: {
    /** Time without a packet after which the peer is probed; 0 means never. */
    readonly idleSeconds?: number | undefined
    /** Time between two probes. */
    readonly intervalSeconds?: number | undefined
    /** Unanswered probes after which the connection is closed. */
    readonly probes?: number | undefined
  } | undefined
  /** Health probes, beside those of its LB vservers: the fields of a monitor without its name, or `{"type": "named", "name": …, "weight": …}` for one of the list. An empty list switches them off. */
  readonly monitors?: readonly (MonitorUseInput)[] | undefined
  /** Sum of the weights of monitors that are up, below which the service is down. 0: one monitor that is down takes it down. */
  readonly monitorThreshold?: number | undefined
  /** `sessions-only` accepts only clients whose persistence entry names it, `draining` no new clients; both keep existing ones. `disabled` also closes them. */
  readonly state?: 'enabled' | 'sessions-only' | 'draining' | 'disabled' | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

/** JSON Merge Patch (RFC 7396) of a service: what is left out stays, null resets a field to its default, objects merge, lists are replaced. */
export type ServicePatch = {
  /** Name of the service. */
  readonly name?: string | undefined
  readonly address?: string | null | undefined
  readonly port?: number | null | undefined
  readonly resolve?: 'first' | 'all' | null | undefined
  readonly drainSeconds?: number | null | undefined
  readonly type?: 'USER_TCP' | 'USER_SSL_TCP' | 'USER_WS' | 'USER_WSS' | 'HTTP' | 'HTTPS' | null | undefined
  readonly startTls?: boolean | null | undefined
  readonly tls?: {
    /** Name to send (SNI) and to verify. Default: the address. */
    readonly serverName?: string | undefined
    /** Of the server's certificate: `strict` verifies the chain and the name, `full` the chain, `off` nothing. `true` is `strict`, `false` is `off`. */
    readonly verify?: 'off' | 'full' | 'strict' | boolean | undefined
    /** Certkey whose `ca` bundle is trusted, and whose `crl` is applied. Default: the system store. */
    readonly ca?: string | undefined
    /** Certkey with which Weir identifies itself to the server. */
    readonly certificate?: string | undefined
    /** Application protocols to offer (ALPN). A server that agrees to none is taken. */
    readonly alpn?: readonly (string)[] | undefined
  } | null | undefined
  readonly websocket?: {
    /** Path to request, with a query if the server needs one. */
    readonly path?: string | undefined
    /** The only sub-protocol that is offered, such as `mqtt`. Default: none. */
    readonly subprotocol?: string | undefined
    /** Host header. Default: address and port of the service. */
    readonly host?: string | undefined
    /** Further headers to send. The case of their names does not matter. Not for secrets: the API shows them. */
    readonly headers?: Readonly<Record<string, string>> | undefined
    /** Kind of the messages in both directions. */
    readonly messages?: 'binary' | 'text' | undefined
    /** Maximum size of one WebSocket message from the server. */
    readonly maxMessageBytes?: number | undefined
  } | null | undefined
  readonly proxyProtocol?: 'v1' | 'v2' | null | undefined
  readonly maxClients?: number | null | undefined
  readonly connectTimeoutSeconds?: number | null | undefined
  readonly firstReplyTimeoutSeconds?: number | null | undefined
  readonly tcpKeepAlive?: {
    /** Time without a packet after which the peer is probed; 0 means never. */
    readonly idleSeconds?: number | undefined
    /** Time between two probes. */
    readonly intervalSeconds?: number | undefined
    /** Unanswered probes after which the connection is closed. */
    readonly probes?: number | undefined
  } | null | undefined
  readonly monitors?: readonly (MonitorUseInput)[] | null | undefined
  readonly monitorThreshold?: number | null | undefined
  readonly state?: 'enabled' | 'sessions-only' | 'draining' | 'disabled' | null | undefined
  readonly comment?: string | null | undefined
  readonly status?: EntityStatus | undefined
}

export type ServiceList = {
  readonly items: readonly (Service)[]
}

export type ServiceGroup = {
  /** Name of the service group. No service may have it: LB vservers bind both by name. */
  readonly name: string
  /** The servers. Each is shown as `GROUP@ADDRESS:PORT`. */
  readonly members: readonly ({
    /** IP address or host name of the server, without brackets and port. */
    readonly address: string
    /** Port of the server; 0 for an SRV name, whose records have the port. */
    readonly port: number
    /** What a host name stands for, as of a service: `first` one server, `all` a server for every address. */
    readonly resolve: 'first' | 'all'
    /** Share of new clients relative to the other members. The weight of the group in an LB vserver multiplies it, and so does the one of an SRV record. */
    readonly weight: number
    /** `sessions-only` accepts only clients whose persistence entry names it, `draining` no new clients; both keep existing ones. `disabled` also closes them. The state of the group applies too. */
    readonly state: 'enabled' | 'sessions-only' | 'draining' | 'disabled'
    /** A remark; Weir ignores it. */
    readonly comment?: string | undefined
  })[]
  /** Time for which clients keep a member (`resolve: all`) whose address the name has no longer, in seconds. Afterwards they are closed. */
  readonly drainSeconds: number
  /** `USER_SSL_TCP` opens TLS to the server, `USER_WS` a WebSocket, `USER_WSS` both. */
  readonly type: 'USER_TCP' | 'USER_SSL_TCP' | 'USER_WS' | 'USER_WSS' | 'HTTP' | 'HTTPS'
  /** Starts TLS inside the protocol, as the extension of the clients declares (`serverTls`). For type USER_TCP. Monitors probe without TLS. */
  readonly startTls: boolean
  /** TLS to the server. For types with TLS, and where `startTls` is set. */
  readonly tls?: {
    /** Name to send (SNI) and to verify. Default: the address. */
    readonly serverName?: string | undefined
    /** Of the server's certificate: `strict` verifies the chain and the name, `full` the chain, `off` nothing. `true` is `strict`, `false` is `off`. */
    readonly verify: 'off' | 'full' | 'strict' | boolean
    /** Certkey whose `ca` bundle is trusted, and whose `crl` is applied. Default: the system store. */
    readonly ca?: string | undefined
    /** Certkey with which Weir identifies itself to the server. */
    readonly certificate?: string | undefined
    /** Application protocols to offer (ALPN). A server that agrees to none is taken. */
    readonly alpn: readonly (string)[]
  } | undefined
  /** WebSocket handshake with the server. Only for types USER_WS and USER_WSS. */
  readonly websocket?: {
    /** Path to request, with a query if the server needs one. */
    readonly path: string
    /** The only sub-protocol that is offered, such as `mqtt`. Default: none. */
    readonly subprotocol?: string | undefined
    /** Host header. Default: address and port of the service. */
    readonly host?: string | undefined
    /** Further headers to send. The case of their names does not matter. Not for secrets: the API shows them. */
    readonly headers: Readonly<Record<string, string>>
    /** Kind of the messages in both directions. */
    readonly messages: 'binary' | 'text'
    /** Maximum size of one WebSocket message from the server. */
    readonly maxMessageBytes: number
  } | undefined
  /** Tells the server the client's address by a header of the PROXY protocol. Version 2 also has the server name, the protocol (ALPN), TLS and an ID of the connection. Default: no header. */
  readonly proxyProtocol?: 'v1' | 'v2' | undefined
  /** Time-out of a dial, in seconds; afterwards another service is tried. */
  readonly connectTimeoutSeconds: number
  /** Time for the first byte of the server after what a client has sent; while a message of the client is not whole, the time begins again. 0 means no limit. Beyond it the service is suspect for a while, and the client is tried elsewhere where its extension allows a resend, or ends as `first-reply-timeout`. Not with `per-message` balancing, and not for HTTP. */
  readonly firstReplyTimeoutSeconds: number
  /** TCP keep-alive of new connections, to detect a server that vanished. */
  readonly tcpKeepAlive: {
    /** Time without a packet after which the peer is probed; 0 means never. */
    readonly idleSeconds: number
    /** Time between two probes. */
    readonly intervalSeconds: number
    /** Unanswered probes after which the connection is closed. */
    readonly probes: number
  }
  /** Health probes, beside those of its LB vservers: the fields of a monitor without its name, or `{"type": "named", "name": …, "weight": …}` for one of the list. An empty list switches them off. */
  readonly monitors: readonly (MonitorUse)[]
  /** Sum of the weights of monitors that are up, below which the service is down. 0: one monitor that is down takes it down. */
  readonly monitorThreshold: number
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  /** Maximum simultaneous connections of each member, of all workers and all nodes of a cluster together; 0 means no limit. As of a service. */
  readonly maxClients: number
  /** State of all members, as of a service. */
  readonly state: 'enabled' | 'sessions-only' | 'draining' | 'disabled'
  readonly status?: EntityStatus | undefined
}

export type ServiceGroupInput = {
  /** Name of the service group. No service may have it: LB vservers bind both by name. */
  readonly name: string
  /** The servers. Each is shown as `GROUP@ADDRESS:PORT`. */
  readonly members?: readonly ({
    /** IP address or host name of the server, without brackets and port. */
    readonly address: string
    /** Port of the server; 0 for an SRV name, whose records have the port. */
    readonly port: number
    /** What a host name stands for, as of a service: `first` one server, `all` a server for every address. */
    readonly resolve?: 'first' | 'all' | undefined
    /** Share of new clients relative to the other members. The weight of the group in an LB vserver multiplies it, and so does the one of an SRV record. */
    readonly weight?: number | undefined
    /** `sessions-only` accepts only clients whose persistence entry names it, `draining` no new clients; both keep existing ones. `disabled` also closes them. The state of the group applies too. */
    readonly state?: 'enabled' | 'sessions-only' | 'draining' | 'disabled' | undefined
    /** A remark; Weir ignores it. */
    readonly comment?: string | undefined
  })[] | undefined
  /** Time for which clients keep a member (`resolve: all`) whose address the name has no longer, in seconds. Afterwards they are closed. */
  readonly drainSeconds?: number | undefined
  /** `USER_SSL_TCP` opens TLS to the server, `USER_WS` a WebSocket, `USER_WSS` both. */
  readonly type?: 'USER_TCP' | 'USER_SSL_TCP' | 'USER_WS' | 'USER_WSS' | 'HTTP' | 'HTTPS' | undefined
  /** Starts TLS inside the protocol, as the extension of the clients declares (`serverTls`). For type USER_TCP. Monitors probe without TLS. */
  readonly startTls?: boolean | undefined
  /** TLS to the server. For types with TLS, and where `startTls` is set. */
  readonly tls?: {
    /** Name to send (SNI) and to verify. Default: the address. */
    readonly serverName?: string | undefined
    /** Of the server's certificate: `strict` verifies the chain and the name, `full` the chain, `off` nothing. `true` is `strict`, `false` is `off`. */
    readonly verify?: 'off' | 'full' | 'strict' | boolean | undefined
    /** Certkey whose `ca` bundle is trusted, and whose `crl` is applied. Default: the system store. */
    readonly ca?: string | undefined
    /** Certkey with which Weir identifies itself to the server. */
    readonly certificate?: string | undefined
    /** Application protocols to offer (ALPN). A server that agrees to none is taken. */
    readonly alpn?: readonly (string)[] | undefined
  } | undefined
  /** WebSocket handshake with the server. Only for types USER_WS and USER_WSS. */
  readonly websocket?: {
    /** Path to request, with a query if the server needs one. */
    readonly path?: string | undefined
    /** The only sub-protocol that is offered, such as `mqtt`. Default: none. */
    readonly subprotocol?: string | undefined
    /** Host header. Default: address and port of the service. */
    readonly host?: string | undefined
    /** Further headers to send. The case of their names does not matter. Not for secrets: the API shows them. */
    readonly headers?: Readonly<Record<string, string>> | undefined
    /** Kind of the messages in both directions. */
    readonly messages?: 'binary' | 'text' | undefined
    /** Maximum size of one WebSocket message from the server. */
    readonly maxMessageBytes?: number | undefined
  } | undefined
  /** Tells the server the client's address by a header of the PROXY protocol. Version 2 also has the server name, the protocol (ALPN), TLS and an ID of the connection. Default: no header. */
  readonly proxyProtocol?: 'v1' | 'v2' | undefined
  /** Time-out of a dial, in seconds; afterwards another service is tried. */
  readonly connectTimeoutSeconds?: number | undefined
  /** Time for the first byte of the server after what a client has sent; while a message of the client is not whole, the time begins again. 0 means no limit. Beyond it the service is suspect for a while, and the client is tried elsewhere where its extension allows a resend, or ends as `first-reply-timeout`. Not with `per-message` balancing, and not for HTTP. */
  readonly firstReplyTimeoutSeconds?: number | undefined
  /** TCP keep-alive of new connections, to detect a server that vanished. */
  readonly tcpKeepAlive?: {
    /** Time without a packet after which the peer is probed; 0 means never. */
    readonly idleSeconds?: number | undefined
    /** Time between two probes. */
    readonly intervalSeconds?: number | undefined
    /** Unanswered probes after which the connection is closed. */
    readonly probes?: number | undefined
  } | undefined
  /** Health probes, beside those of its LB vservers: the fields of a monitor without its name, or `{"type": "named", "name": …, "weight": …}` for one of the list. An empty list switches them off. */
  readonly monitors?: readonly (MonitorUseInput)[] | undefined
  /** Sum of the weights of monitors that are up, below which the service is down. 0: one monitor that is down takes it down. */
  readonly monitorThreshold?: number | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  /** Maximum simultaneous connections of each member, of all workers and all nodes of a cluster together; 0 means no limit. As of a service. */
  readonly maxClients?: number | undefined
  /** State of all members, as of a service. */
  readonly state?: 'enabled' | 'sessions-only' | 'draining' | 'disabled' | undefined
  readonly status?: EntityStatus | undefined
}

export type ServiceGroupReplacement = {
  /** Name of the service group. No service may have it: LB vservers bind both by name. */
  readonly name?: string | undefined
  /** The servers. Each is shown as `GROUP@ADDRESS:PORT`. */
  readonly members?: readonly ({
    /** IP address or host name of the server, without brackets and port. */
    readonly address: string
    /** Port of the server; 0 for an SRV name, whose records have the port. */
    readonly port: number
    /** What a host name stands for, as of a service: `first` one server, `all` a server for every address. */
    readonly resolve?: 'first' | 'all' | undefined
    /** Share of new clients relative to the other members. The weight of the group in an LB vserver multiplies it, and so does the one of an SRV record. */
    readonly weight?: number | undefined
    /** `sessions-only` accepts only clients whose persistence entry names it, `draining` no new clients; both keep existing ones. `disabled` also closes them. The state of the group applies too. */
    readonly state?: 'enabled' | 'sessions-only' | 'draining' | 'disabled' | undefined
    /** A remark; Weir ignores it. */
    readonly comment?: string | undefined
  })[] | undefined
  /** Time for which clients keep a member (`resolve: all`) whose address the name has no longer, in seconds. Afterwards they are closed. */
  readonly drainSeconds?: number | undefined
  /** `USER_SSL_TCP` opens TLS to the server, `USER_WS` a WebSocket, `USER_WSS` both. */
  readonly type?: 'USER_TCP' | 'USER_SSL_TCP' | 'USER_WS' | 'USER_WSS' | 'HTTP' | 'HTTPS' | undefined
  /** Starts TLS inside the protocol, as the extension of the clients declares (`serverTls`). For type USER_TCP. Monitors probe without TLS. */
  readonly startTls?: boolean | undefined
  /** TLS to the server. For types with TLS, and where `startTls` is set. */
  readonly tls?: {
    /** Name to send (SNI) and to verify. Default: the address. */
    readonly serverName?: string | undefined
    /** Of the server's certificate: `strict` verifies the chain and the name, `full` the chain, `off` nothing. `true` is `strict`, `false` is `off`. */
    readonly verify?: 'off' | 'full' | 'strict' | boolean | undefined
    /** Certkey whose `ca` bundle is trusted, and whose `crl` is applied. Default: the system store. */
    readonly ca?: string | undefined
    /** Certkey with which Weir identifies itself to the server. */
    readonly certificate?: string | undefined
    /** Application protocols to offer (ALPN). A server that agrees to none is taken. */
    readonly alpn?: readonly (string)[] | undefined
  } | undefined
  /** WebSocket handshake with the server. Only for types USER_WS and USER_WSS. */
  readonly websocket?: {
    /** Path to request, with a query if the server needs one. */
    readonly path?: string | undefined
    /** The only sub-protocol that is offered, such as `mqtt`. Default: none. */
    readonly subprotocol?: string | undefined
    /** Host header. Default: address and port of the service. */
    readonly host?: string | undefined
    /** Further headers to send. The case of their names does not matter. Not for secrets: the API shows them. */
    readonly headers?: Readonly<Record<string, string>> | undefined
    /** Kind of the messages in both directions. */
    readonly messages?: 'binary' | 'text' | undefined
    /** Maximum size of one WebSocket message from the server. */
    readonly maxMessageBytes?: number | undefined
  } | undefined
  /** Tells the server the client's address by a header of the PROXY protocol. Version 2 also has the server name, the protocol (ALPN), TLS and an ID of the connection. Default: no header. */
  readonly proxyProtocol?: 'v1' | 'v2' | undefined
  /** Time-out of a dial, in seconds; afterwards another service is tried. */
  readonly connectTimeoutSeconds?: number | undefined
  /** Time for the first byte of the server after what a client has sent; while a message of the client is not whole, the time begins again. 0 means no limit. Beyond it the service is suspect for a while, and the client is tried elsewhere where its extension allows a resend, or ends as `first-reply-timeout`. Not with `per-message` balancing, and not for HTTP. */
  readonly firstReplyTimeoutSeconds?: number | undefined
  /** TCP keep-alive of new connections, to detect a server that vanished. */
  readonly tcpKeepAlive?: {
    /** Time without a packet after which the peer is probed; 0 means never. */
    readonly idleSeconds?: number | undefined
    /** Time between two probes. */
    readonly intervalSeconds?: number | undefined
    /** Unanswered probes after which the connection is closed. */
    readonly probes?: number | undefined
  } | undefined
  /** Health probes, beside those of its LB vservers: the fields of a monitor without its name, or `{"type": "named", "name": …, "weight": …}` for one of the list. An empty list switches them off. */
  readonly monitors?: readonly (MonitorUseInput)[] | undefined
  /** Sum of the weights of monitors that are up, below which the service is down. 0: one monitor that is down takes it down. */
  readonly monitorThreshold?: number | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  /** Maximum simultaneous connections of each member, of all workers and all nodes of a cluster together; 0 means no limit. As of a service. */
  readonly maxClients?: number | undefined
  /** State of all members, as of a service. */
  readonly state?: 'enabled' | 'sessions-only' | 'draining' | 'disabled' | undefined
  readonly status?: EntityStatus | undefined
}

/** JSON Merge Patch (RFC 7396) of a service group: what is left out stays, null resets a field to its default, objects merge, lists are replaced. */
export type ServiceGroupPatch = {
  /** Name of the service group. No service may have it: LB vservers bind both by name. */
  readonly name?: string | undefined
  readonly members?: readonly ({
    /** IP address or host name of the server, without brackets and port. */
    readonly address: string
    /** Port of the server; 0 for an SRV name, whose records have the port. */
    readonly port: number
    /** What a host name stands for, as of a service: `first` one server, `all` a server for every address. */
    readonly resolve?: 'first' | 'all' | undefined
    /** Share of new clients relative to the other members. The weight of the group in an LB vserver multiplies it, and so does the one of an SRV record. */
    readonly weight?: number | undefined
    /** `sessions-only` accepts only clients whose persistence entry names it, `draining` no new clients; both keep existing ones. `disabled` also closes them. The state of the group applies too. */
    readonly state?: 'enabled' | 'sessions-only' | 'draining' | 'disabled' | undefined
    /** A remark; Weir ignores it. */
    readonly comment?: string | undefined
  })[] | null | undefined
  readonly drainSeconds?: number | null | undefined
  readonly type?: 'USER_TCP' | 'USER_SSL_TCP' | 'USER_WS' | 'USER_WSS' | 'HTTP' | 'HTTPS' | null | undefined
  readonly startTls?: boolean | null | undefined
  readonly tls?: {
    /** Name to send (SNI) and to verify. Default: the address. */
    readonly serverName?: string | undefined
    /** Of the server's certificate: `strict` verifies the chain and the name, `full` the chain, `off` nothing. `true` is `strict`, `false` is `off`. */
    readonly verify?: 'off' | 'full' | 'strict' | boolean | undefined
    /** Certkey whose `ca` bundle is trusted, and whose `crl` is applied. Default: the system store. */
    readonly ca?: string | undefined
    /** Certkey with which Weir identifies itself to the server. */
    readonly certificate?: string | undefined
    /** Application protocols to offer (ALPN). A server that agrees to none is taken. */
    readonly alpn?: readonly (string)[] | undefined
  } | null | undefined
  readonly websocket?: {
    /** Path to request, with a query if the server needs one. */
    readonly path?: string | undefined
    /** The only sub-protocol that is offered, such as `mqtt`. Default: none. */
    readonly subprotocol?: string | undefined
    /** Host header. Default: address and port of the service. */
    readonly host?: string | undefined
    /** Further headers to send. The case of their names does not matter. Not for secrets: the API shows them. */
    readonly headers?: Readonly<Record<string, string>> | undefined
    /** Kind of the messages in both directions. */
    readonly messages?: 'binary' | 'text' | undefined
    /** Maximum size of one WebSocket message from the server. */
    readonly maxMessageBytes?: number | undefined
  } | null | undefined
  readonly proxyProtocol?: 'v1' | 'v2' | null | undefined
  readonly connectTimeoutSeconds?: number | null | undefined
  readonly firstReplyTimeoutSeconds?: number | null | undefined
  readonly tcpKeepAlive?: {
    /** Time without a packet after which the peer is probed; 0 means never. */
    readonly idleSeconds?: number | undefined
    /** Time between two probes. */
    readonly intervalSeconds?: number | undefined
    /** Unanswered probes after which the connection is closed. */
    readonly probes?: number | undefined
  } | null | undefined
  readonly monitors?: readonly (MonitorUseInput)[] | null | undefined
  readonly monitorThreshold?: number | null | undefined
  readonly comment?: string | null | undefined
  readonly maxClients?: number | null | undefined
  readonly state?: 'enabled' | 'sessions-only' | 'draining' | 'disabled' | null | undefined
  readonly status?: EntityStatus | undefined
}

export type ServiceGroupList = {
  readonly items: readonly (ServiceGroup)[]
}

export type LbVserver = {
  /** Name of the LB vserver. */
  readonly name: string
  /** Required type of every bound service. */
  readonly type: 'USER_TCP' | 'USER_SSL_TCP' | 'USER_WS' | 'USER_WSS' | 'HTTP' | 'HTTPS'
  /** Selects the service of a new client, by weight. `round-robin`: each in turn. `least-connection`: the one with the fewest connections. `least-response-time`: the one with the least product of connections and response time: the average of its monitors' probes, plus that of clients' first replies of late, which each worker measures for itself. A service without a time gets one client; one that refuses its clients comes last. `least-bandwidth`: the one with the fewest bytes per second. `least-outstanding`: the one that owes the fewest replies; for extensions that place whole connections, the one with the fewest connections. `token`: the one that the token hashes to. `source-ip-hash`: the one that the client's address hashes to. `random-two-choices`: of two at random the one with fewer connections. With several workers, counts of the others are up to 0.25 s old, and each worker takes turns for itself: with `round-robin`, a service may be one client off for each worker. A program that embeds Weir may add methods. */
  readonly method: string
  /** Time in which a service that comes up beside others gets its full weight, beginning with a tenth. 0 is at once. `token` and `source-ip-hash` ignore it: their keys would move twice. */
  readonly slowStartSeconds: number
  /** Whether a returning client reaches its previous service. */
  readonly persistence: {
    /** What identifies a returning client: `user-session` the session key of the extension, `source-ip` its address or network, `ssl-session` its TLS session (up to TLS 1.2), `cookie` a cookie of Weir, `rule` a field or a header. */
    readonly type: 'none' | 'user-session' | 'source-ip' | 'ssl-session' | 'cookie' | 'rule'
    /** The same for a client that has no key of the first type, such as one without a cookie. Default: the balancing method decides. */
    readonly secondary?: 'user-session' | 'source-ip' | 'ssl-session' | 'cookie' | 'rule' | undefined
    /** Lifetime of an entry after its last connection or request ended, in seconds. */
    readonly timeoutSeconds: number
    /** Maximum entries of each of the two types, some 150 bytes each. Beyond it, the entry whose last connection ended first is dropped. If all are held, a new client gets none. */
    readonly maxEntries: number
    /** With `source-ip`: the part of an address that identifies a client. Default: all of it. */
    readonly sourceIp?: {
      /** Leading bits of an IPv4 address that identify a client. 24: clients of one /24 network share an entry. */
      readonly ipv4Prefix: number
      /** Leading bits of an IPv6 address that identify a client. Hosts often have a /64 network of their own. */
      readonly ipv6Prefix: number
    } | undefined
    /** With `cookie`: how the cookie is set. */
    readonly cookie?: {
      /** Name of the cookie. Default: `weir-` and eight hexadecimal digits that stand for the LB vserver or GLB. */
      readonly name?: string | undefined
      /** `Secure`: browsers send the cookie over TLS only. `auto`: set for clients that came over TLS, here or at the balancer in front. */
      readonly secure: 'auto' | 'always' | 'never'
      /** `HttpOnly`: scripts of a page cannot read the cookie. */
      readonly httpOnly: boolean
      /** `SameSite`: requests from pages of other sites on which browsers send the cookie. `none` needs `secure: always`. */
      readonly sameSite: 'lax' | 'strict' | 'none'
      /** `Max-Age`: lifetime of the cookie in the browser, from the response that set it. Default: until the browser is closed. */
      readonly maxAgeSeconds?: number | undefined
    } | undefined
    /** With `rule`: the value that identifies a client. */
    readonly rule?: {
      /** Name of a field that the extension has published by its first forwarded message, as it declares it: `mqtt.connect.username`. Not of type `secret`. */
      readonly field?: string | undefined
      /** Name of a header of the HTTP request, or of the one that opened the WebSocket. Entries have the SHA-256 of its value. */
      readonly header?: string | undefined
    } | undefined
  }
  /** Services that clients are balanced over. */
  readonly services: readonly ({
    /** Service to bind. */
    readonly name: string
    /** Share of new clients relative to the other services of its priority. */
    readonly weight: number
    /** Tier: services of the lowest number get all clients, as long as one of them can take a client. As in SRV records. */
    readonly priority: number
  })[]
  /** Sends clients to the backup before its own services are full, as long as the backup has a service for them. Clients with a persistence entry here stay. Default: only when no service is available. */
  readonly spillover?: {
    /** Connections of its services, of all workers and whichever LB vserver led clients there, from which on new clients go to the backup. */
    readonly connections: number
  } | undefined
  /** Lets clients wait in order while all services are full (`maxClients`), if there is no backup. Default: they are refused with `limit`. */
  readonly queue?: {
    /** Maximum waiting clients, or messages, of each worker. One more is refused. */
    readonly clients: number
    /** Time after which a client that waits is refused. */
    readonly timeoutSeconds: number
  } | undefined
  /** LB vserver that takes over when no service of this one is available. Both serve HTTP requests, or both an extension's clients. */
  readonly backup?: string | undefined
  /** Health probes of every bound service, beside its own, in the same forms. */
  readonly monitors: readonly (MonitorUse)[]
  /** Effect on existing clients when the monitors of their service fail. `keep`: they stay until their own connection ends. `close`: they are closed with the goodbye of their protocol, so that they reconnect. */
  readonly onDown: 'keep' | 'close'
  /** With `onDown: close`, clients that are closed per second, over all workers, by a job (`/v1/jobs`). Default: all at once. */
  readonly onDownRatePerSecond?: number | undefined
  /** A disabled LB vserver serves no new clients; its backup does. */
  readonly state: 'enabled' | 'disabled'
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type LbVserverInput = {
  /** Name of the LB vserver. */
  readonly name: string
  /** Required type of every bound service. */
  readonly type?: 'USER_TCP' | 'USER_SSL_TCP' | 'USER_WS' | 'USER_WSS' | 'HTTP' | 'HTTPS' | undefined
  /** Selects the service of a new client, by weight. `round-robin`: each in turn. `least-connection`: the one with the fewest connections. `least-response-time`: the one with the least product of connections and response time: the average of its monitors' probes, plus that of clients' first replies of late, which each worker measures for itself. A service without a time gets one client; one that refuses its clients comes last. `least-bandwidth`: the one with the fewest bytes per second. `least-outstanding`: the one that owes the fewest replies; for extensions that place whole connections, the one with the fewest connections. `token`: the one that the token hashes to. `source-ip-hash`: the one that the client's address hashes to. `random-two-choices`: of two at random the one with fewer connections. With several workers, counts of the others are up to 0.25 s old, and each worker takes turns for itself: with `round-robin`, a service may be one client off for each worker. A program that embeds Weir may add methods. */
  readonly method?: string | undefined
  /** Time in which a service that comes up beside others gets its full weight, beginning with a tenth. 0 is at once. `token` and `source-ip-hash` ignore it: their keys would move twice. */
  readonly slowStartSeconds?: number | undefined
  /** Whether a returning client reaches its previous service. */
  readonly persistence?: {
    /** What identifies a returning client: `user-session` the session key of the extension, `source-ip` its address or network, `ssl-session` its TLS session (up to TLS 1.2), `cookie` a cookie of Weir, `rule` a field or a header. */
    readonly type?: 'none' | 'user-session' | 'source-ip' | 'ssl-session' | 'cookie' | 'rule' | undefined
    /** The same for a client that has no key of the first type, such as one without a cookie. Default: the balancing method decides. */
    readonly secondary?: 'user-session' | 'source-ip' | 'ssl-session' | 'cookie' | 'rule' | undefined
    /** Lifetime of an entry after its last connection or request ended, in seconds. */
    readonly timeoutSeconds?: number | undefined
    /** Maximum entries of each of the two types, some 150 bytes each. Beyond it, the entry whose last connection ended first is dropped. If all are held, a new client gets none. */
    readonly maxEntries?: number | undefined
    /** With `source-ip`: the part of an address that identifies a client. Default: all of it. */
    readonly sourceIp?: {
      /** Leading bits of an IPv4 address that identify a client. 24: clients of one /24 network share an entry. */
      readonly ipv4Prefix?: number | undefined
      /** Leading bits of an IPv6 address that identify a client. Hosts often have a /64 network of their own. */
      readonly ipv6Prefix?: number | undefined
    } | undefined
    /** With `cookie`: how the cookie is set. */
    readonly cookie?: {
      /** Name of the cookie. Default: `weir-` and eight hexadecimal digits that stand for the LB vserver or GLB. */
      readonly name?: string | undefined
      /** `Secure`: browsers send the cookie over TLS only. `auto`: set for clients that came over TLS, here or at the balancer in front. */
      readonly secure?: 'auto' | 'always' | 'never' | undefined
      /** `HttpOnly`: scripts of a page cannot read the cookie. */
      readonly httpOnly?: boolean | undefined
      /** `SameSite`: requests from pages of other sites on which browsers send the cookie. `none` needs `secure: always`. */
      readonly sameSite?: 'lax' | 'strict' | 'none' | undefined
      /** `Max-Age`: lifetime of the cookie in the browser, from the response that set it. Default: until the browser is closed. */
      readonly maxAgeSeconds?: number | undefined
    } | undefined
    /** With `rule`: the value that identifies a client. */
    readonly rule?: {
      /** Name of a field that the extension has published by its first forwarded message, as it declares it: `mqtt.connect.username`. Not of type `secret`. */
      readonly field?: string | undefined
      /** Name of a header of the HTTP request, or of the one that opened the WebSocket. Entries have the SHA-256 of its value. */
      readonly header?: string | undefined
    } | undefined
  } | undefined
  /** Services that clients are balanced over. */
  readonly services?: readonly ({
    /** Service to bind. */
    readonly name: string
    /** Share of new clients relative to the other services of its priority. */
    readonly weight?: number | undefined
    /** Tier: services of the lowest number get all clients, as long as one of them can take a client. As in SRV records. */
    readonly priority?: number | undefined
  })[] | undefined
  /** Sends clients to the backup before its own services are full, as long as the backup has a service for them. Clients with a persistence entry here stay. Default: only when no service is available. */
  readonly spillover?: {
    /** Connections of its services, of all workers and whichever LB vserver led clients there, from which on new clients go to the backup. */
    readonly connections: number
  } | undefined
  /** Lets clients wait in order while all services are full (`maxClients`), if there is no backup. Default: they are refused with `limit`. */
  readonly queue?: {
    /** Maximum waiting clients, or messages, of each worker. One more is refused. */
    readonly clients: number
    /** Time after which a client that waits is refused. */
    readonly timeoutSeconds?: number | undefined
  } | undefined
  /** LB vserver that takes over when no service of this one is available. Both serve HTTP requests, or both an extension's clients. */
  readonly backup?: string | undefined
  /** Health probes of every bound service, beside its own, in the same forms. */
  readonly monitors?: readonly (MonitorUseInput)[] | undefined
  /** Effect on existing clients when the monitors of their service fail. `keep`: they stay until their own connection ends. `close`: they are closed with the goodbye of their protocol, so that they reconnect. */
  readonly onDown?: 'keep' | 'close' | undefined
  /** With `onDown: close`, clients that are closed per second, over all workers, by a job (`/v1/jobs`). Default: all at once. */
  readonly onDownRatePerSecond?: number | undefined
  /** A disabled LB vserver serves no new clients; its backup does. */
  readonly state?: 'enabled' | 'disabled' | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type LbVserverReplacement = {
  /** Name of the LB vserver. */
  readonly name?: string | undefined
  /** Required type of every bound service. */
  readonly type?: 'USER_TCP' | 'USER_SSL_TCP' | 'USER_WS' | 'USER_WSS' | 'HTTP' | 'HTTPS' | undefined
  /** Selects the service of a new client, by weight. `round-robin`: each in turn. `least-connection`: the one with the fewest connections. `least-response-time`: the one with the least product of connections and response time: the average of its monitors' probes, plus that of clients' first replies of late, which each worker measures for itself. A service without a time gets one client; one that refuses its clients comes last. `least-bandwidth`: the one with the fewest bytes per second. `least-outstanding`: the one that owes the fewest replies; for extensions that place whole connections, the one with the fewest connections. `token`: the one that the token hashes to. `source-ip-hash`: the one that the client's address hashes to. `random-two-choices`: of two at random the one with fewer connections. With several workers, counts of the others are up to 0.25 s old, and each worker takes turns for itself: with `round-robin`, a service may be one client off for each worker. A program that embeds Weir may add methods. */
  readonly method?: string | undefined
  /** Time in which a service that comes up beside others gets its full weight, beginning with a tenth. 0 is at once. `token` and `source-ip-hash` ignore it: their keys would move twice. */
  readonly slowStartSeconds?: number | undefined
  /** Whether a returning client reaches its previous service. */
  readonly persistence?: {
    /** What identifies a returning client: `user-session` the session key of the extension, `source-ip` its address or network, `ssl-session` its TLS session (up to TLS 1.2), `cookie` a cookie of Weir, `rule` a field or a header. */
    readonly type?: 'none' | 'user-session' | 'source-ip' | 'ssl-session' | 'cookie' | 'rule' | undefined
    /** The same for a client that has no key of the first type, such as one without a cookie. Default: the balancing method decides. */
    readonly secondary?: 'user-session' | 'source-ip' | 'ssl-session' | 'cookie' | 'rule' | undefined
    /** Lifetime of an entry after its last connection or request ended, in seconds. */
    readonly timeoutSeconds?: number | undefined
    /** Maximum entries of each of the two types, some 150 bytes each. Beyond it, the entry whose last connection ended first is dropped. If all are held, a new client gets none. */
    readonly maxEntries?: number | undefined
    /** With `source-ip`: the part of an address that identifies a client. Default: all of it. */
    readonly sourceIp?: {
      /** Leading bits of an IPv4 address that identify a client. 24: clients of one /24 network share an entry. */
      readonly ipv4Prefix?: number | undefined
      /** Leading bits of an IPv6 address that identify a client. Hosts often have a /64 network of their own. */
      readonly ipv6Prefix?: number | undefined
    } | undefined
    /** With `cookie`: how the cookie is set. */
    readonly cookie?: {
      /** Name of the cookie. Default: `weir-` and eight hexadecimal digits that stand for the LB vserver or GLB. */
      readonly name?: string | undefined
      /** `Secure`: browsers send the cookie over TLS only. `auto`: set for clients that came over TLS, here or at the balancer in front. */
      readonly secure?: 'auto' | 'always' | 'never' | undefined
      /** `HttpOnly`: scripts of a page cannot read the cookie. */
      readonly httpOnly?: boolean | undefined
      /** `SameSite`: requests from pages of other sites on which browsers send the cookie. `none` needs `secure: always`. */
      readonly sameSite?: 'lax' | 'strict' | 'none' | undefined
      /** `Max-Age`: lifetime of the cookie in the browser, from the response that set it. Default: until the browser is closed. */
      readonly maxAgeSeconds?: number | undefined
    } | undefined
    /** With `rule`: the value that identifies a client. */
    readonly rule?: {
      /** Name of a field that the extension has published by its first forwarded message, as it declares it: `mqtt.connect.username`. Not of type `secret`. */
      readonly field?: string | undefined
      /** Name of a header of the HTTP request, or of the one that opened the WebSocket. Entries have the SHA-256 of its value. */
      readonly header?: string | undefined
    } | undefined
  } | undefined
  /** Services that clients are balanced over. */
  readonly services?: readonly ({
    /** Service to bind. */
    readonly name: string
    /** Share of new clients relative to the other services of its priority. */
    readonly weight?: number | undefined
    /** Tier: services of the lowest number get all clients, as long as one of them can take a client. As in SRV records. */
    readonly priority?: number | undefined
  })[] | undefined
  /** Sends clients to the backup before its own services are full, as long as the backup has a service for them. Clients with a persistence entry here stay. Default: only when no service is available. */
  readonly spillover?: {
    /** Connections of its services, of all workers and whichever LB vserver led clients there, from which on new clients go to the backup. */
    readonly connections: number
  } | undefined
  /** Lets clients wait in order while all services are full (`maxClients`), if there is no backup. Default: they are refused with `limit`. */
  readonly queue?: {
    /** Maximum waiting clients, or messages, of each worker. One more is refused. */
    readonly clients: number
    /** Time after which a client that waits is refused. */
    readonly timeoutSeconds?: number | undefined
  } | undefined
  /** LB vserver that takes over when no service of this one is available. Both serve HTTP requests, or both an extension's clients. */
  readonly backup?: string | undefined
  /** Health probes of every bound service, beside its own, in the same forms. */
  readonly monitors?: readonly (MonitorUseInput)[] | undefined
  /** Effect on existing clients when the monitors of their service fail. `keep`: they stay until their own connection ends. `close`: they are closed with the goodbye of their protocol, so that they reconnect. */
  readonly onDown?: 'keep' | 'close' | undefined
  /** With `onDown: close`, clients that are closed per second, over all workers, by a job (`/v1/jobs`). Default: all at once. */
  readonly onDownRatePerSecond?: number | undefined
  /** A disabled LB vserver serves no new clients; its backup does. */
  readonly state?: 'enabled' | 'disabled' | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

/** JSON Merge Patch (RFC 7396) of a LB vserver: what is left out stays, null resets a field to its default, objects merge, lists are replaced. */
export type LbVserverPatch = {
  /** Name of the LB vserver. */
  readonly name?: string | undefined
  readonly type?: 'USER_TCP' | 'USER_SSL_TCP' | 'USER_WS' | 'USER_WSS' | 'HTTP' | 'HTTPS' | null | undefined
  readonly method?: string | null | undefined
  readonly slowStartSeconds?: number | null | undefined
  readonly persistence?: {
    /** What identifies a returning client: `user-session` the session key of the extension, `source-ip` its address or network, `ssl-session` its TLS session (up to TLS 1.2), `cookie` a cookie of Weir, `rule` a field or a header. */
    readonly type?: 'none' | 'user-session' | 'source-ip' | 'ssl-session' | 'cookie' | 'rule' | undefined
    /** The same for a client that has no key of the first type, such as one without a cookie. Default: the balancing method decides. */
    readonly secondary?: 'user-session' | 'source-ip' | 'ssl-session' | 'cookie' | 'rule' | undefined
    /** Lifetime of an entry after its last connection or request ended, in seconds. */
    readonly timeoutSeconds?: number | undefined
    /** Maximum entries of each of the two types, some 150 bytes each. Beyond it, the entry whose last connection ended first is dropped. If all are held, a new client gets none. */
    readonly maxEntries?: number | undefined
    /** With `source-ip`: the part of an address that identifies a client. Default: all of it. */
    readonly sourceIp?: {
      /** Leading bits of an IPv4 address that identify a client. 24: clients of one /24 network share an entry. */
      readonly ipv4Prefix?: number | undefined
      /** Leading bits of an IPv6 address that identify a client. Hosts often have a /64 network of their own. */
      readonly ipv6Prefix?: number | undefined
    } | undefined
    /** With `cookie`: how the cookie is set. */
    readonly cookie?: {
      /** Name of the cookie. Default: `weir-` and eight hexadecimal digits that stand for the LB vserver or GLB. */
      readonly name?: string | undefined
      /** `Secure`: browsers send the cookie over TLS only. `auto`: set for clients that came over TLS, here or at the balancer in front. */
      readonly secure?: 'auto' | 'always' | 'never' | undefined
      /** `HttpOnly`: scripts of a page cannot read the cookie. */
      readonly httpOnly?: boolean | undefined
      /** `SameSite`: requests from pages of other sites on which browsers send the cookie. `none` needs `secure: always`. */
      readonly sameSite?: 'lax' | 'strict' | 'none' | undefined
      /** `Max-Age`: lifetime of the cookie in the browser, from the response that set it. Default: until the browser is closed. */
      readonly maxAgeSeconds?: number | undefined
    } | undefined
    /** With `rule`: the value that identifies a client. */
    readonly rule?: {
      /** Name of a field that the extension has published by its first forwarded message, as it declares it: `mqtt.connect.username`. Not of type `secret`. */
      readonly field?: string | undefined
      /** Name of a header of the HTTP request, or of the one that opened the WebSocket. Entries have the SHA-256 of its value. */
      readonly header?: string | undefined
    } | undefined
  } | null | undefined
  readonly services?: readonly ({
    /** Service to bind. */
    readonly name: string
    /** Share of new clients relative to the other services of its priority. */
    readonly weight?: number | undefined
    /** Tier: services of the lowest number get all clients, as long as one of them can take a client. As in SRV records. */
    readonly priority?: number | undefined
  })[] | null | undefined
  readonly spillover?: {
    /** Connections of its services, of all workers and whichever LB vserver led clients there, from which on new clients go to the backup. */
    readonly connections?: number | undefined
  } | null | undefined
  readonly queue?: {
    /** Maximum waiting clients, or messages, of each worker. One more is refused. */
    readonly clients?: number | undefined
    /** Time after which a client that waits is refused. */
    readonly timeoutSeconds?: number | undefined
  } | null | undefined
  readonly backup?: string | null | undefined
  readonly monitors?: readonly (MonitorUseInput)[] | null | undefined
  readonly onDown?: 'keep' | 'close' | null | undefined
  readonly onDownRatePerSecond?: number | null | undefined
  readonly state?: 'enabled' | 'disabled' | null | undefined
  readonly comment?: string | null | undefined
  readonly status?: EntityStatus | undefined
}

export type LbVserverList = {
  readonly items: readonly (LbVserver)[]
}

export type Glb = {
  /** Name of the global load balancer. */
  readonly name: string
  /** Clients that it serves. The user vservers that list it under `glbs` ask it. */
  readonly match: {
    /** Names in the Host header of HTTP requests and WebSockets: `www.example.com`, `*.example.com` for every name below it, or `*` for every client. */
    readonly hosts?: readonly (string)[] | undefined
    /** Names requested in the TLS handshake (SNI), of clients that speak no HTTP. In the same forms. */
    readonly sni?: readonly (string)[] | undefined
    /** Beginning of the path, in whole segments: `/api` is also `/api/v1`, but not `/apis`. Both are compared in their normal form: `/a/%2e./api` is `/api`; servers get the path as it was sent. For clients that speak HTTP. Default: every path. */
    readonly path?: string | undefined
    /** A field that the extension has published by its first forwarded message, such as a user name. For an extension's clients; without `hosts` and `sni`, whatever name they ask for. */
    readonly field?: {
      /** Name of the field, as the extension declares it: `mqtt.connect.username`. Not of type `secret`. */
      readonly name: string
      /** Values that match, exactly. Numbers and booleans are written as text. */
      readonly values: readonly (string)[]
    } | undefined
  }
  /** LB vservers, the best first. All of them serve HTTP requests, or all an extension's clients. */
  readonly pools: readonly ({
    /** LB vserver. */
    readonly name: string
    /** Share of new clients relative to the other pools, with steering `weighted` and `least-connection`. */
    readonly weight: number
    /** Available services that the pool needs. With fewer it is out, and the next pool serves. */
    readonly minimumUp: number
  })[]
  /** LB vserver that serves when every pool is out, whatever its own monitors report. Default: clients are refused then. */
  readonly fallback?: string | undefined
  /** Selects the pool of a new client, among those that are not out: `failover` takes the first, `weighted` each in turn by its weight, `least-connection` the one whose services have the fewest connections for its weight, `latency` the one whose services pass their monitors' probes fastest. */
  readonly steering: 'failover' | 'weighted' | 'least-connection' | 'latency'
  /** Whether a returning client reaches its previous pool, as long as that is not out; `steering` chooses for new clients. Entries of the fallback are not made. Types as of an LB vserver. */
  readonly affinity: {
    /** What identifies a returning client: `user-session` the session key of the extension, `source-ip` its address or network, `ssl-session` its TLS session (up to TLS 1.2), `cookie` a cookie of Weir, `rule` a field or a header. */
    readonly type: 'none' | 'user-session' | 'source-ip' | 'ssl-session' | 'cookie' | 'rule'
    /** The same for a client that has no key of the first type, such as one without a cookie. Default: the balancing method decides. */
    readonly secondary?: 'user-session' | 'source-ip' | 'ssl-session' | 'cookie' | 'rule' | undefined
    /** Lifetime of an entry after its last connection or request ended, in seconds. */
    readonly timeoutSeconds: number
    /** Maximum entries of each of the two types, some 150 bytes each. Beyond it, the entry whose last connection ended first is dropped. If all are held, a new client gets none. */
    readonly maxEntries: number
    /** With `source-ip`: the part of an address that identifies a client. Default: all of it. */
    readonly sourceIp?: {
      /** Leading bits of an IPv4 address that identify a client. 24: clients of one /24 network share an entry. */
      readonly ipv4Prefix: number
      /** Leading bits of an IPv6 address that identify a client. Hosts often have a /64 network of their own. */
      readonly ipv6Prefix: number
    } | undefined
    /** With `cookie`: how the cookie is set. */
    readonly cookie?: {
      /** Name of the cookie. Default: `weir-` and eight hexadecimal digits that stand for the LB vserver or GLB. */
      readonly name?: string | undefined
      /** `Secure`: browsers send the cookie over TLS only. `auto`: set for clients that came over TLS, here or at the balancer in front. */
      readonly secure: 'auto' | 'always' | 'never'
      /** `HttpOnly`: scripts of a page cannot read the cookie. */
      readonly httpOnly: boolean
      /** `SameSite`: requests from pages of other sites on which browsers send the cookie. `none` needs `secure: always`. */
      readonly sameSite: 'lax' | 'strict' | 'none'
      /** `Max-Age`: lifetime of the cookie in the browser, from the response that set it. Default: until the browser is closed. */
      readonly maxAgeSeconds?: number | undefined
    } | undefined
    /** With `rule`: the value that identifies a client. */
    readonly rule?: {
      /** Name of a field that the extension has published by its first forwarded message, as it declares it: `mqtt.connect.username`. Not of type `secret`. */
      readonly field?: string | undefined
      /** Name of a header of the HTTP request, or of the one that opened the WebSocket. Entries have the SHA-256 of its value. */
      readonly header?: string | undefined
    } | undefined
  }
  /** `false` passes TLS through unopened: the server name (`match.sni`) selects the pool, and the bytes go to its services as they come. On user vservers with TLS, whatever their protocol; the services are of type USER_TCP. */
  readonly proxied: boolean
  /** A disabled GLB matches no new client, as if it were not bound. */
  readonly state: 'enabled' | 'disabled'
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type GlbInput = {
  /** Name of the global load balancer. */
  readonly name: string
  /** Clients that it serves. The user vservers that list it under `glbs` ask it. */
  readonly match: {
    /** Names in the Host header of HTTP requests and WebSockets: `www.example.com`, `*.example.com` for every name below it, or `*` for every client. */
    readonly hosts?: readonly (string)[] | undefined
    /** Names requested in the TLS handshake (SNI), of clients that speak no HTTP. In the same forms. */
    readonly sni?: readonly (string)[] | undefined
    /** Beginning of the path, in whole segments: `/api` is also `/api/v1`, but not `/apis`. Both are compared in their normal form: `/a/%2e./api` is `/api`; servers get the path as it was sent. For clients that speak HTTP. Default: every path. */
    readonly path?: string | undefined
    /** A field that the extension has published by its first forwarded message, such as a user name. For an extension's clients; without `hosts` and `sni`, whatever name they ask for. */
    readonly field?: {
      /** Name of the field, as the extension declares it: `mqtt.connect.username`. Not of type `secret`. */
      readonly name: string
      /** Values that match, exactly. Numbers and booleans are written as text. */
      readonly values: readonly (string)[]
    } | undefined
  }
  /** LB vservers, the best first. All of them serve HTTP requests, or all an extension's clients. */
  readonly pools: readonly ({
    /** LB vserver. */
    readonly name: string
    /** Share of new clients relative to the other pools, with steering `weighted` and `least-connection`. */
    readonly weight?: number | undefined
    /** Available services that the pool needs. With fewer it is out, and the next pool serves. */
    readonly minimumUp?: number | undefined
  })[]
  /** LB vserver that serves when every pool is out, whatever its own monitors report. Default: clients are refused then. */
  readonly fallback?: string | undefined
  /** Selects the pool of a new client, among those that are not out: `failover` takes the first, `weighted` each in turn by its weight, `least-connection` the one whose services have the fewest connections for its weight, `latency` the one whose services pass their monitors' probes fastest. */
  readonly steering?: 'failover' | 'weighted' | 'least-connection' | 'latency' | undefined
  /** Whether a returning client reaches its previous pool, as long as that is not out; `steering` chooses for new clients. Entries of the fallback are not made. Types as of an LB vserver. */
  readonly affinity?: {
    /** What identifies a returning client: `user-session` the session key of the extension, `source-ip` its address or network, `ssl-session` its TLS session (up to TLS 1.2), `cookie` a cookie of Weir, `rule` a field or a header. */
    readonly type?: 'none' | 'user-session' | 'source-ip' | 'ssl-session' | 'cookie' | 'rule' | undefined
    /** The same for a client that has no key of the first type, such as one without a cookie. Default: the balancing method decides. */
    readonly secondary?: 'user-session' | 'source-ip' | 'ssl-session' | 'cookie' | 'rule' | undefined
    /** Lifetime of an entry after its last connection or request ended, in seconds. */
    readonly timeoutSeconds?: number | undefined
    /** Maximum entries of each of the two types, some 150 bytes each. Beyond it, the entry whose last connection ended first is dropped. If all are held, a new client gets none. */
    readonly maxEntries?: number | undefined
    /** With `source-ip`: the part of an address that identifies a client. Default: all of it. */
    readonly sourceIp?: {
      /** Leading bits of an IPv4 address that identify a client. 24: clients of one /24 network share an entry. */
      readonly ipv4Prefix?: number | undefined
      /** Leading bits of an IPv6 address that identify a client. Hosts often have a /64 network of their own. */
      readonly ipv6Prefix?: number | undefined
    } | undefined
    /** With `cookie`: how the cookie is set. */
    readonly cookie?: {
      /** Name of the cookie. Default: `weir-` and eight hexadecimal digits that stand for the LB vserver or GLB. */
      readonly name?: string | undefined
      /** `Secure`: browsers send the cookie over TLS only. `auto`: set for clients that came over TLS, here or at the balancer in front. */
      readonly secure?: 'auto' | 'always' | 'never' | undefined
      /** `HttpOnly`: scripts of a page cannot read the cookie. */
      readonly httpOnly?: boolean | undefined
      /** `SameSite`: requests from pages of other sites on which browsers send the cookie. `none` needs `secure: always`. */
      readonly sameSite?: 'lax' | 'strict' | 'none' | undefined
      /** `Max-Age`: lifetime of the cookie in the browser, from the response that set it. Default: until the browser is closed. */
      readonly maxAgeSeconds?: number | undefined
    } | undefined
    /** With `rule`: the value that identifies a client. */
    readonly rule?: {
      /** Name of a field that the extension has published by its first forwarded message, as it declares it: `mqtt.connect.username`. Not of type `secret`. */
      readonly field?: string | undefined
      /** Name of a header of the HTTP request, or of the one that opened the WebSocket. Entries have the SHA-256 of its value. */
      readonly header?: string | undefined
    } | undefined
  } | undefined
  /** `false` passes TLS through unopened: the server name (`match.sni`) selects the pool, and the bytes go to its services as they come. On user vservers with TLS, whatever their protocol; the services are of type USER_TCP. */
  readonly proxied?: boolean | undefined
  /** A disabled GLB matches no new client, as if it were not bound. */
  readonly state?: 'enabled' | 'disabled' | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type GlbReplacement = {
  /** Name of the global load balancer. */
  readonly name?: string | undefined
  /** Clients that it serves. The user vservers that list it under `glbs` ask it. */
  readonly match: {
    /** Names in the Host header of HTTP requests and WebSockets: `www.example.com`, `*.example.com` for every name below it, or `*` for every client. */
    readonly hosts?: readonly (string)[] | undefined
    /** Names requested in the TLS handshake (SNI), of clients that speak no HTTP. In the same forms. */
    readonly sni?: readonly (string)[] | undefined
    /** Beginning of the path, in whole segments: `/api` is also `/api/v1`, but not `/apis`. Both are compared in their normal form: `/a/%2e./api` is `/api`; servers get the path as it was sent. For clients that speak HTTP. Default: every path. */
    readonly path?: string | undefined
    /** A field that the extension has published by its first forwarded message, such as a user name. For an extension's clients; without `hosts` and `sni`, whatever name they ask for. */
    readonly field?: {
      /** Name of the field, as the extension declares it: `mqtt.connect.username`. Not of type `secret`. */
      readonly name: string
      /** Values that match, exactly. Numbers and booleans are written as text. */
      readonly values: readonly (string)[]
    } | undefined
  }
  /** LB vservers, the best first. All of them serve HTTP requests, or all an extension's clients. */
  readonly pools: readonly ({
    /** LB vserver. */
    readonly name: string
    /** Share of new clients relative to the other pools, with steering `weighted` and `least-connection`. */
    readonly weight?: number | undefined
    /** Available services that the pool needs. With fewer it is out, and the next pool serves. */
    readonly minimumUp?: number | undefined
  })[]
  /** LB vserver that serves when every pool is out, whatever its own monitors report. Default: clients are refused then. */
  readonly fallback?: string | undefined
  /** Selects the pool of a new client, among those that are not out: `failover` takes the first, `weighted` each in turn by its weight, `least-connection` the one whose services have the fewest connections for its weight, `latency` the one whose services pass their monitors' probes fastest. */
  readonly steering?: 'failover' | 'weighted' | 'least-connection' | 'latency' | undefined
  /** Whether a returning client reaches its previous pool, as long as that is not out; `steering` chooses for new clients. Entries of the fallback are not made. Types as of an LB vserver. */
  readonly affinity?: {
    /** What identifies a returning client: `user-session` the session key of the extension, `source-ip` its address or network, `ssl-session` its TLS session (up to TLS 1.2), `cookie` a cookie of Weir, `rule` a field or a header. */
    readonly type?: 'none' | 'user-session' | 'source-ip' | 'ssl-session' | 'cookie' | 'rule' | undefined
    /** The same for a client that has no key of the first type, such as one without a cookie. Default: the balancing method decides. */
    readonly secondary?: 'user-session' | 'source-ip' | 'ssl-session' | 'cookie' | 'rule' | undefined
    /** Lifetime of an entry after its last connection or request ended, in seconds. */
    readonly timeoutSeconds?: number | undefined
    /** Maximum entries of each of the two types, some 150 bytes each. Beyond it, the entry whose last connection ended first is dropped. If all are held, a new client gets none. */
    readonly maxEntries?: number | undefined
    /** With `source-ip`: the part of an address that identifies a client. Default: all of it. */
    readonly sourceIp?: {
      /** Leading bits of an IPv4 address that identify a client. 24: clients of one /24 network share an entry. */
      readonly ipv4Prefix?: number | undefined
      /** Leading bits of an IPv6 address that identify a client. Hosts often have a /64 network of their own. */
      readonly ipv6Prefix?: number | undefined
    } | undefined
    /** With `cookie`: how the cookie is set. */
    readonly cookie?: {
      /** Name of the cookie. Default: `weir-` and eight hexadecimal digits that stand for the LB vserver or GLB. */
      readonly name?: string | undefined
      /** `Secure`: browsers send the cookie over TLS only. `auto`: set for clients that came over TLS, here or at the balancer in front. */
      readonly secure?: 'auto' | 'always' | 'never' | undefined
      /** `HttpOnly`: scripts of a page cannot read the cookie. */
      readonly httpOnly?: boolean | undefined
      /** `SameSite`: requests from pages of other sites on which browsers send the cookie. `none` needs `secure: always`. */
      readonly sameSite?: 'lax' | 'strict' | 'none' | undefined
      /** `Max-Age`: lifetime of the cookie in the browser, from the response that set it. Default: until the browser is closed. */
      readonly maxAgeSeconds?: number | undefined
    } | undefined
    /** With `rule`: the value that identifies a client. */
    readonly rule?: {
      /** Name of a field that the extension has published by its first forwarded message, as it declares it: `mqtt.connect.username`. Not of type `secret`. */
      readonly field?: string | undefined
      /** Name of a header of the HTTP request, or of the one that opened the WebSocket. Entries have the SHA-256 of its value. */
      readonly header?: string | undefined
    } | undefined
  } | undefined
  /** `false` passes TLS through unopened: the server name (`match.sni`) selects the pool, and the bytes go to its services as they come. On user vservers with TLS, whatever their protocol; the services are of type USER_TCP. */
  readonly proxied?: boolean | undefined
  /** A disabled GLB matches no new client, as if it were not bound. */
  readonly state?: 'enabled' | 'disabled' | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

/** JSON Merge Patch (RFC 7396) of a GLB: what is left out stays, null resets a field to its default, objects merge, lists are replaced. */
export type GlbPatch = {
  /** Name of the global load balancer. */
  readonly name?: string | undefined
  readonly match?: {
    /** Names in the Host header of HTTP requests and WebSockets: `www.example.com`, `*.example.com` for every name below it, or `*` for every client. */
    readonly hosts?: readonly (string)[] | undefined
    /** Names requested in the TLS handshake (SNI), of clients that speak no HTTP. In the same forms. */
    readonly sni?: readonly (string)[] | undefined
    /** Beginning of the path, in whole segments: `/api` is also `/api/v1`, but not `/apis`. Both are compared in their normal form: `/a/%2e./api` is `/api`; servers get the path as it was sent. For clients that speak HTTP. Default: every path. */
    readonly path?: string | undefined
    /** A field that the extension has published by its first forwarded message, such as a user name. For an extension's clients; without `hosts` and `sni`, whatever name they ask for. */
    readonly field?: {
      /** Name of the field, as the extension declares it: `mqtt.connect.username`. Not of type `secret`. */
      readonly name: string
      /** Values that match, exactly. Numbers and booleans are written as text. */
      readonly values: readonly (string)[]
    } | undefined
  } | null | undefined
  readonly pools?: readonly ({
    /** LB vserver. */
    readonly name: string
    /** Share of new clients relative to the other pools, with steering `weighted` and `least-connection`. */
    readonly weight?: number | undefined
    /** Available services that the pool needs. With fewer it is out, and the next pool serves. */
    readonly minimumUp?: number | undefined
  })[] | null | undefined
  readonly fallback?: string | null | undefined
  readonly steering?: 'failover' | 'weighted' | 'least-connection' | 'latency' | null | undefined
  readonly affinity?: {
    /** What identifies a returning client: `user-session` the session key of the extension, `source-ip` its address or network, `ssl-session` its TLS session (up to TLS 1.2), `cookie` a cookie of Weir, `rule` a field or a header. */
    readonly type?: 'none' | 'user-session' | 'source-ip' | 'ssl-session' | 'cookie' | 'rule' | undefined
    /** The same for a client that has no key of the first type, such as one without a cookie. Default: the balancing method decides. */
    readonly secondary?: 'user-session' | 'source-ip' | 'ssl-session' | 'cookie' | 'rule' | undefined
    /** Lifetime of an entry after its last connection or request ended, in seconds. */
    readonly timeoutSeconds?: number | undefined
    /** Maximum entries of each of the two types, some 150 bytes each. Beyond it, the entry whose last connection ended first is dropped. If all are held, a new client gets none. */
    readonly maxEntries?: number | undefined
    /** With `source-ip`: the part of an address that identifies a client. Default: all of it. */
    readonly sourceIp?: {
      /** Leading bits of an IPv4 address that identify a client. 24: clients of one /24 network share an entry. */
      readonly ipv4Prefix?: number | undefined
      /** Leading bits of an IPv6 address that identify a client. Hosts often have a /64 network of their own. */
      readonly ipv6Prefix?: number | undefined
    } | undefined
    /** With `cookie`: how the cookie is set. */
    readonly cookie?: {
      /** Name of the cookie. Default: `weir-` and eight hexadecimal digits that stand for the LB vserver or GLB. */
      readonly name?: string | undefined
      /** `Secure`: browsers send the cookie over TLS only. `auto`: set for clients that came over TLS, here or at the balancer in front. */
      readonly secure?: 'auto' | 'always' | 'never' | undefined
      /** `HttpOnly`: scripts of a page cannot read the cookie. */
      readonly httpOnly?: boolean | undefined
      /** `SameSite`: requests from pages of other sites on which browsers send the cookie. `none` needs `secure: always`. */
      readonly sameSite?: 'lax' | 'strict' | 'none' | undefined
      /** `Max-Age`: lifetime of the cookie in the browser, from the response that set it. Default: until the browser is closed. */
      readonly maxAgeSeconds?: number | undefined
    } | undefined
    /** With `rule`: the value that identifies a client. */
    readonly rule?: {
      /** Name of a field that the extension has published by its first forwarded message, as it declares it: `mqtt.connect.username`. Not of type `secret`. */
      readonly field?: string | undefined
      /** Name of a header of the HTTP request, or of the one that opened the WebSocket. Entries have the SHA-256 of its value. */
      readonly header?: string | undefined
    } | undefined
  } | null | undefined
  readonly proxied?: boolean | null | undefined
  readonly state?: 'enabled' | 'disabled' | null | undefined
  readonly comment?: string | null | undefined
  readonly status?: EntityStatus | undefined
}

export type GlbList = {
  readonly items: readonly (Glb)[]
}

export type UserVserver = {
  /** Name of the user vserver. */
  readonly name: string
  /** User protocol of the clients. */
  readonly protocol: string
  /** Further user protocols on the same port, told apart by TLS, ALPN and first bytes. One for each of: the bytes themselves and HTTP, each with TLS and without. All of them have the same extension, or are `http` and `https`. */
  readonly protocols: readonly (string)[]
  /** IP address to listen on; `0.0.0.0` is every IPv4 address, `::` every address. */
  readonly address: string
  /** Port to listen on. 0 picks a free port, shown in `status.listening`. */
  readonly port: number
  /** LB vserver that serves clients unless the extension names another. For transports http and https of type HTTP or HTTPS. */
  readonly defaultLb: string
  /** Further LB vservers that the extension may name with `via`. */
  readonly lbVservers: readonly (string)[]
  /** GLBs that lead clients by the name they ask for. Clients of no GLB go to `defaultLb`, and their requests to `http.defaultLb`. */
  readonly glbs: readonly (string)[]
  /** Values for the parameters that the extension declares. */
  readonly params: Readonly<Record<string, string | number | boolean | readonly (Readonly<Record<string, string | number | boolean>>)[]>>
  /** Certkeys for TLS: the first is the default, the others are selected by name (SNI). A vserver of a transport with TLS that has none, and no pre-shared keys, does not listen and is `down: no certificate`. On transport tcp clients may start TLS inside the protocol, if the extension declares `startTls`. */
  readonly certificates: readonly (string)[]
  /** TLS with clients. For transports with TLS, and for TLS that begins inside the protocol. */
  readonly tls: {
    /** Oldest version. */
    readonly minVersion: 'TLSv1.2' | 'TLSv1.3'
    /** Newest version. */
    readonly maxVersion: 'TLSv1.2' | 'TLSv1.3'
    /** Cipher suites in the order of preference, separated by colons, in OpenSSL's names; those of TLS 1.3 begin with `TLS_`. Default: those of Node, and where there are pre-shared keys, suites for them, which come first. */
    readonly ciphers?: string | undefined
    /** Groups for the key exchange in the order of preference, as `X25519MLKEM768`, `X25519`, `P-256`. Default: those of OpenSSL. */
    readonly groups?: readonly (string)[] | undefined
    /** Application protocols in the order of preference (ALPN). A client that offers only others is refused, one that offers none is served. Empty: nothing is agreed. */
    readonly alpn: readonly (string)[]
    /** Refuse clients that ask for no name, or for one that no certificate has, with the alert `unrecognized_name`, in place of serving them the first certificate. */
    readonly strictSni: boolean
    /** Give clients tickets that resume their TLS session with any worker, and after a restart where there is a state directory. None are given where there are pre-shared keys. */
    readonly resumption: boolean
    /** Absolute: from the accept to the end of the handshake. */
    readonly handshakeTimeoutSeconds: number
    /** Most handshakes at one time per worker; further clients are closed before TLS costs anything. 0 is no limit. */
    readonly maxHandshakes: number
    /** Most handshakes that begin in a second per worker, with as many at once; further clients are closed. 0 is no limit. */
    readonly handshakesPerSecond: number
    /** Whether clients are asked for a certificate. `optional` serves clients without one; a certificate that does not verify is refused in both. */
    readonly clientCertificate: 'off' | 'optional' | 'mandatory'
    /** Certkeys whose `ca` may have issued certificates of clients. Their `crl` is applied. */
    readonly clientCa: readonly (string)[]
    /** Most certificates between a client's and its root. 0: the root itself has issued it. Those between have to stand in the bundles of `clientCa`, for what clients send is not counted. Default: as many as OpenSSL takes, from clients too. */
    readonly verifyDepth?: number | undefined
    /** Certkeys whose pre-shared keys clients may have. A vserver with them needs no certificate. */
    readonly psk: readonly (string)[]
    /** Absolute path of a file to which each worker appends the secrets of its TLS sessions (SSLKEYLOGFILE), for debugging: whoever has it can read what is sent. At 64 MiB they stop, until it is emptied or removed. The log warns as long as it is set. */
    readonly keyLogFile?: string | undefined
  }
  /** Addresses and networks that may connect, such as the balancers in front; everybody else is closed before anything is read, except for authorities that validate a host name (`acme` of a certkey). Empty: everybody may. */
  readonly allowFrom: readonly (string)[]
  /** Takes the client's address from the PROXY protocol. Default: connections carry no header. */
  readonly proxyProtocol?: {
    /** Addresses and networks of the balancers in front. Each of their connections has to begin with a header, of version 1 or 2. Everybody else is a client without one. */
    readonly from: readonly (string)[]
    /** Deadline of the header, in seconds. */
    readonly timeoutSeconds: number
  } | undefined
  /** Limits on clients. */
  readonly limits: {
    /** Maximum simultaneous connections per worker; 0 means no limit. */
    readonly maxClients: number
    /** Absolute deadline, in seconds: from the accept (or the end of the TLS handshake) to the end of the first message. */
    readonly firstMessageTimeoutSeconds: number
    /** Silence of the client that ends the connection, in seconds, unless the extension sets its own limit; 0 means never. */
    readonly idleTimeoutSeconds: number
    /** Idle time after which a half-closed connection ends, in seconds: the open side sends nothing, and queued bytes are not read. */
    readonly halfClosedTimeoutSeconds: number
    /** Maximum outstanding requests of one client before Weir stops reading from it. For `per-message` balancing with replies `in-order` or `matched`. */
    readonly outstandingReplies: number
    /** Time after which Weir abandons a request without a reply, in seconds; a later reply is dropped. For `per-message` balancing with replies `matched`. */
    readonly replyTimeoutSeconds: number
    /** Silence after which a link to a server is closed, in seconds; the next message opens it again. For `per-message` balancing; 0 means never. */
    readonly serverIdleTimeoutSeconds: number
    /** Maximum buffered bytes per direction before the sender is paused. */
    readonly bufferedBytes: number
  }
  /** Controls against floods, and defence mode. */
  readonly floods: {
    /** Defence mode: tighter limits, most connects kept for known-good addresses, and a challenge for browsers. `auto`: each worker begins it under attack, and ends it. */
    readonly mode: 'auto' | 'on' | 'off'
    /** Whom HTTP challenges by threat score: `low` above 24, `medium` above 14, `high` above 0, `under-attack` everybody. Clients without HTTP are refused above 50. `off`: nobody. */
    readonly level: 'off' | 'low' | 'medium' | 'high' | 'under-attack'
    /** Addresses and networks that are counted and never refused: balancers in front without the PROXY protocol, monitoring. */
    readonly exemptFrom: readonly (string)[]
    /** Flood controls that are switched off. */
    readonly off: readonly ('D001' | 'D002' | 'D003' | 'D004' | 'D005' | 'D006' | 'D007' | 'D008' | 'D009' | 'D010' | 'D011' | 'D012' | 'D013' | 'D014' | 'D015' | 'D016' | 'D017' | 'D018' | 'D019' | 'D020' | 'D021' | 'D022' | 'D023' | 'D024' | 'D025' | 'D026' | 'D027' | 'D028' | 'D029')[]
    /** D002: most open connections of one address (IPv6: its /64 network) per worker; 0 is no limit. */
    readonly connectionsPerAddress: number
    /** D003: most connects of one address in a second per worker; 0 is no limit. */
    readonly connectsPerAddress: number
    /** D003: connects of one address that may come at once. */
    readonly connectBurst: number
    /** D004: most connects in a second per worker, with as many at once; 0 is no limit. */
    readonly connectsPerSecond: number
    /** D029: time after the start of a worker in which `connectsPerSecond` rises from a tenth to all; 0 is none. */
    readonly rampSeconds: number
    /** D011: most clients per worker whose server has not answered them yet; 0 is no limit. */
    readonly unanswered: number
    /** D012: most first messages of one session key in a minute per worker; 0 is no limit. For protocols whose key is one client, as an MQTT client ID: 15. */
    readonly connectsPerKey: number
    /** D012: for how long a key that had more is refused. */
    readonly keyRefusedSeconds: number
    /** D013: most time from the first bytes of a message to its end, to a second; 0 is no limit. */
    readonly messageSeconds: number
    /** D021: most time in which a client reads nothing of what waits for it here, to a second; 0 is no limit. */
    readonly readSeconds: number
    /** D028: delay of the event loop from which new clients are reset; 0 is none. */
    readonly loopDelayMs: number
    /** D026: most lines about refused clients in a second per worker; 0 is no limit. */
    readonly loggedPerSecond: number
    /** Seconds of attack after which `auto` begins defence mode. */
    readonly afterSeconds: number
    /** Seconds without one after which it ends. */
    readonly calmSeconds: number
    /** Work of a challenge: each further bit doubles it. 16 is a fraction of a second in a browser; defence mode adds 2. */
    readonly proofBits: number
    /** How long a client that has passed a challenge needs no other. */
    readonly clearanceSeconds: number
  }
  /** Forwarding and limits of HTTP requests. Only for transports ws, wss, http and https. */
  readonly http?: {
    /** LB vserver of type HTTP or HTTPS that serves the requests. Only for transports ws and wss; without it requests that are not WebSockets get status 426. */
    readonly defaultLb?: string | undefined
    /** Maximum simultaneous HTTP connections per worker, including those whose WebSocket handshake is pending; 0 means no limit. More get status 503. `limits.maxClients` limits the WebSockets. */
    readonly maxConnections: number
    /** Maximum size of the request line and headers. */
    readonly maxHeadBytes: number
    /** Maximum size of a request body. A larger one gets status 413. */
    readonly maxBodyBytes: number
    /** Time limit for the head of the first request, from the accept or the end of the TLS handshake. */
    readonly headTimeoutSeconds: number
    /** Time limit for the head of a further request on the connection, from the end of the previous response. */
    readonly keepAliveSeconds: number
    /** Time limit without progress: the server sends nothing, or the client sends or accepts nothing. */
    readonly timeoutSeconds: number
    /** Addresses and networks of proxies in front that write X-Forwarded-For. Of their requests the client is the last address of that header that is none of theirs, for access rules, lockdowns and rules. Empty: the header is not believed. */
    readonly trustedProxies: readonly (string)[]
    /** Log each request: method, path without query, status, service and duration. */
    readonly logRequests: boolean
  } | undefined
  /** Rules for WebSocket clients. Only for transports ws and wss. */
  readonly websocket?: {
    /** Paths that accept WebSockets. An empty list accepts every path. */
    readonly paths: readonly (string)[]
    /** Origins whose pages may open a WebSocket. An empty list allows every page. Clients that send no Origin header are not browsers and are always allowed. */
    readonly allowedOrigins: readonly (string)[]
    /** Maximum size of one WebSocket message, which is buffered until it is complete. A larger one closes the connection with code 1009. */
    readonly maxMessageBytes: number
    /** Maximum number of fragments in one message. More close the connection with code 1008. */
    readonly maxFragments: number
    /** Maximum WebSocket pings from one client per second. More close the connection with code 1008. */
    readonly maxPingsPerSecond: number
    /** Interval of WebSocket pings to the client, in seconds. The connection is reset when a pong is missing at the next ping. 0 sends none. */
    readonly pingSeconds: number
  } | undefined
  /** TCP keep-alive of new connections, to detect a client that vanished. */
  readonly tcpKeepAlive: {
    /** Time without a packet after which the peer is probed; 0 means never. */
    readonly idleSeconds: number
    /** Time between two probes. */
    readonly intervalSeconds: number
    /** Unanswered probes after which the connection is closed. */
    readonly probes: number
  }
  /** Links to servers where messages are balanced one by one. `own`: each client has its own. `shared`: messages that the extension has declared keys of go over links that all clients share; others, and those over 64 KiB, over one of their own. */
  readonly serverLinks: 'own' | 'shared'
  /** Track message boundaries in tunnels, so that tunnelled clients can get a goodbye. `false` saves parsing the header of each message. */
  readonly tunnelLastWords: boolean
  /** Log connections on which the client never sent a byte, such as health checks of other balancers. `false` omits these lines; the counters include the connections. */
  readonly logSilentClients: boolean
  /** `draining` stops listening and keeps clients; `disabled` also closes them. */
  readonly state: 'enabled' | 'draining' | 'disabled'
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type UserVserverInput = {
  /** Name of the user vserver. */
  readonly name: string
  /** User protocol of the clients. */
  readonly protocol: string
  /** Further user protocols on the same port, told apart by TLS, ALPN and first bytes. One for each of: the bytes themselves and HTTP, each with TLS and without. All of them have the same extension, or are `http` and `https`. */
  readonly protocols?: readonly (string)[] | undefined
  /** IP address to listen on; `0.0.0.0` is every IPv4 address, `::` every address. */
  readonly address?: string | undefined
  /** Port to listen on. 0 picks a free port, shown in `status.listening`. */
  readonly port: number
  /** LB vserver that serves clients unless the extension names another. For transports http and https of type HTTP or HTTPS. */
  readonly defaultLb: string
  /** Further LB vservers that the extension may name with `via`. */
  readonly lbVservers?: readonly (string)[] | undefined
  /** GLBs that lead clients by the name they ask for. Clients of no GLB go to `defaultLb`, and their requests to `http.defaultLb`. */
  readonly glbs?: readonly (string)[] | undefined
  /** Values for the parameters that the extension declares. */
  readonly params?: Readonly<Record<string, string | number | boolean | readonly (Readonly<Record<string, string | number | boolean>>)[]>> | undefined
  /** Certkeys for TLS: the first is the default, the others are selected by name (SNI). A vserver of a transport with TLS that has none, and no pre-shared keys, does not listen and is `down: no certificate`. On transport tcp clients may start TLS inside the protocol, if the extension declares `startTls`. */
  readonly certificates?: readonly (string)[] | undefined
  /** TLS with clients. For transports with TLS, and for TLS that begins inside the protocol. */
  readonly tls?: {
    /** Oldest version. */
    readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined
    /** Newest version. */
    readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined
    /** Cipher suites in the order of preference, separated by colons, in OpenSSL's names; those of TLS 1.3 begin with `TLS_`. Default: those of Node, and where there are pre-shared keys, suites for them, which come first. */
    readonly ciphers?: string | undefined
    /** Groups for the key exchange in the order of preference, as `X25519MLKEM768`, `X25519`, `P-256`. Default: those of OpenSSL. */
    readonly groups?: readonly (string)[] | undefined
    /** Application protocols in the order of preference (ALPN). A client that offers only others is refused, one that offers none is served. Empty: nothing is agreed. */
    readonly alpn?: readonly (string)[] | undefined
    /** Refuse clients that ask for no name, or for one that no certificate has, with the alert `unrecognized_name`, in place of serving them the first certificate. */
    readonly strictSni?: boolean | undefined
    /** Give clients tickets that resume their TLS session with any worker, and after a restart where there is a state directory. None are given where there are pre-shared keys. */
    readonly resumption?: boolean | undefined
    /** Absolute: from the accept to the end of the handshake. */
    readonly handshakeTimeoutSeconds?: number | undefined
    /** Most handshakes at one time per worker; further clients are closed before TLS costs anything. 0 is no limit. */
    readonly maxHandshakes?: number | undefined
    /** Most handshakes that begin in a second per worker, with as many at once; further clients are closed. 0 is no limit. */
    readonly handshakesPerSecond?: number | undefined
    /** Whether clients are asked for a certificate. `optional` serves clients without one; a certificate that does not verify is refused in both. */
    readonly clientCertificate?: 'off' | 'optional' | 'mandatory' | undefined
    /** Certkeys whose `ca` may have issued certificates of clients. Their `crl` is applied. */
    readonly clientCa?: readonly (string)[] | undefined
    /** Most certificates between a client's and its root. 0: the root itself has issued it. Those between have to stand in the bundles of `clientCa`, for what clients send is not counted. Default: as many as OpenSSL takes, from clients too. */
    readonly verifyDepth?: number | undefined
    /** Certkeys whose pre-shared keys clients may have. A vserver with them needs no certificate. */
    readonly psk?: readonly (string)[] | undefined
    /** Absolute path of a file to which each worker appends the secrets of its TLS sessions (SSLKEYLOGFILE), for debugging: whoever has it can read what is sent. At 64 MiB they stop, until it is emptied or removed. The log warns as long as it is set. */
    readonly keyLogFile?: string | undefined
  } | undefined
  /** Addresses and networks that may connect, such as the balancers in front; everybody else is closed before anything is read, except for authorities that validate a host name (`acme` of a certkey). Empty: everybody may. */
  readonly allowFrom?: readonly (string)[] | undefined
  /** Takes the client's address from the PROXY protocol. Default: connections carry no header. */
  readonly proxyProtocol?: {
    /** Addresses and networks of the balancers in front. Each of their connections has to begin with a header, of version 1 or 2. Everybody else is a client without one. */
    readonly from: readonly (string)[]
    /** Deadline of the header, in seconds. */
    readonly timeoutSeconds?: number | undefined
  } | undefined
  /** Limits on clients. */
  readonly limits?: {
    /** Maximum simultaneous connections per worker; 0 means no limit. */
    readonly maxClients?: number | undefined
    /** Absolute deadline, in seconds: from the accept (or the end of the TLS handshake) to the end of the first message. */
    readonly firstMessageTimeoutSeconds?: number | undefined
    /** Silence of the client that ends the connection, in seconds, unless the extension sets its own limit; 0 means never. */
    readonly idleTimeoutSeconds?: number | undefined
    /** Idle time after which a half-closed connection ends, in seconds: the open side sends nothing, and queued bytes are not read. */
    readonly halfClosedTimeoutSeconds?: number | undefined
    /** Maximum outstanding requests of one client before Weir stops reading from it. For `per-message` balancing with replies `in-order` or `matched`. */
    readonly outstandingReplies?: number | undefined
    /** Time after which Weir abandons a request without a reply, in seconds; a later reply is dropped. For `per-message` balancing with replies `matched`. */
    readonly replyTimeoutSeconds?: number | undefined
    /** Silence after which a link to a server is closed, in seconds; the next message opens it again. For `per-message` balancing; 0 means never. */
    readonly serverIdleTimeoutSeconds?: number | undefined
    /** Maximum buffered bytes per direction before the sender is paused. */
    readonly bufferedBytes?: number | undefined
  } | undefined
  /** Controls against floods, and defence mode. */
  readonly floods?: {
    /** Defence mode: tighter limits, most connects kept for known-good addresses, and a challenge for browsers. `auto`: each worker begins it under attack, and ends it. */
    readonly mode?: 'auto' | 'on' | 'off' | undefined
    /** Whom HTTP challenges by threat score: `low` above 24, `medium` above 14, `high` above 0, `under-attack` everybody. Clients without HTTP are refused above 50. `off`: nobody. */
    readonly level?: 'off' | 'low' | 'medium' | 'high' | 'under-attack' | undefined
    /** Addresses and networks that are counted and never refused: balancers in front without the PROXY protocol, monitoring. */
    readonly exemptFrom?: readonly (string)[] | undefined
    /** Flood controls that are switched off. */
    readonly off?: readonly ('D001' | 'D002' | 'D003' | 'D004' | 'D005' | 'D006' | 'D007' | 'D008' | 'D009' | 'D010' | 'D011' | 'D012' | 'D013' | 'D014' | 'D015' | 'D016' | 'D017' | 'D018' | 'D019' | 'D020' | 'D021' | 'D022' | 'D023' | 'D024' | 'D025' | 'D026' | 'D027' | 'D028' | 'D029')[] | undefined
    /** D002: most open connections of one address (IPv6: its /64 network) per worker; 0 is no limit. */
    readonly connectionsPerAddress?: number | undefined
    /** D003: most connects of one address in a second per worker; 0 is no limit. */
    readonly connectsPerAddress?: number | undefined
    /** D003: connects of one address that may come at once. */
    readonly connectBurst?: number | undefined
    /** D004: most connects in a second per worker, with as many at once; 0 is no limit. */
    readonly connectsPerSecond?: number | undefined
    /** D029: time after the start of a worker in which `connectsPerSecond` rises from a tenth to all; 0 is none. */
    readonly rampSeconds?: number | undefined
    /** D011: most clients per worker whose server has not answered them yet; 0 is no limit. */
    readonly unanswered?: number | undefined
    /** D012: most first messages of one session key in a minute per worker; 0 is no limit. For protocols whose key is one client, as an MQTT client ID: 15. */
    readonly connectsPerKey?: number | undefined
    /** D012: for how long a key that had more is refused. */
    readonly keyRefusedSeconds?: number | undefined
    /** D013: most time from the first bytes of a message to its end, to a second; 0 is no limit. */
    readonly messageSeconds?: number | undefined
    /** D021: most time in which a client reads nothing of what waits for it here, to a second; 0 is no limit. */
    readonly readSeconds?: number | undefined
    /** D028: delay of the event loop from which new clients are reset; 0 is none. */
    readonly loopDelayMs?: number | undefined
    /** D026: most lines about refused clients in a second per worker; 0 is no limit. */
    readonly loggedPerSecond?: number | undefined
    /** Seconds of attack after which `auto` begins defence mode. */
    readonly afterSeconds?: number | undefined
    /** Seconds without one after which it ends. */
    readonly calmSeconds?: number | undefined
    /** Work of a challenge: each further bit doubles it. 16 is a fraction of a second in a browser; defence mode adds 2. */
    readonly proofBits?: number | undefined
    /** How long a client that has passed a challenge needs no other. */
    readonly clearanceSeconds?: number | undefined
  } | undefined
  /** Forwarding and limits of HTTP requests. Only for transports ws, wss, http and https. */
  readonly http?: {
    /** LB vserver of type HTTP or HTTPS that serves the requests. Only for transports ws and wss; without it requests that are not WebSockets get status 426. */
    readonly defaultLb?: string | undefined
    /** Maximum simultaneous HTTP connections per worker, including those whose WebSocket handshake is pending; 0 means no limit. More get status 503. `limits.maxClients` limits the WebSockets. */
    readonly maxConnections?: number | undefined
    /** Maximum size of the request line and headers. */
    readonly maxHeadBytes?: number | undefined
    /** Maximum size of a request body. A larger one gets status 413. */
    readonly maxBodyBytes?: number | undefined
    /** Time limit for the head of the first request, from the accept or the end of the TLS handshake. */
    readonly headTimeoutSeconds?: number | undefined
    /** Time limit for the head of a further request on the connection, from the end of the previous response. */
    readonly keepAliveSeconds?: number | undefined
    /** Time limit without progress: the server sends nothing, or the client sends or accepts nothing. */
    readonly timeoutSeconds?: number | undefined
    /** Addresses and networks of proxies in front that write X-Forwarded-For. Of their requests the client is the last address of that header that is none of theirs, for access rules, lockdowns and rules. Empty: the header is not believed. */
    readonly trustedProxies?: readonly (string)[] | undefined
    /** Log each request: method, path without query, status, service and duration. */
    readonly logRequests?: boolean | undefined
  } | undefined
  /** Rules for WebSocket clients. Only for transports ws and wss. */
  readonly websocket?: {
    /** Paths that accept WebSockets. An empty list accepts every path. */
    readonly paths?: readonly (string)[] | undefined
    /** Origins whose pages may open a WebSocket. An empty list allows every page. Clients that send no Origin header are not browsers and are always allowed. */
    readonly allowedOrigins?: readonly (string)[] | undefined
    /** Maximum size of one WebSocket message, which is buffered until it is complete. A larger one closes the connection with code 1009. */
    readonly maxMessageBytes?: number | undefined
    /** Maximum number of fragments in one message. More close the connection with code 1008. */
    readonly maxFragments?: number | undefined
    /** Maximum WebSocket pings from one client per second. More close the connection with code 1008. */
    readonly maxPingsPerSecond?: number | undefined
    /** Interval of WebSocket pings to the client, in seconds. The connection is reset when a pong is missing at the next ping. 0 sends none. */
    readonly pingSeconds?: number | undefined
  } | undefined
  /** TCP keep-alive of new connections, to detect a client that vanished. */
  readonly tcpKeepAlive?: {
    /** Time without a packet after which the peer is probed; 0 means never. */
    readonly idleSeconds?: number | undefined
    /** Time between two probes. */
    readonly intervalSeconds?: number | undefined
    /** Unanswered probes after which the connection is closed. */
    readonly probes?: number | undefined
  } | undefined
  /** Links to servers where messages are balanced one by one. `own`: each client has its own. `shared`: messages that the extension has declared keys of go over links that all clients share; others, and those over 64 KiB, over one of their own. */
  readonly serverLinks?: 'own' | 'shared' | undefined
  /** Track message boundaries in tunnels, so that tunnelled clients can get a goodbye. `false` saves parsing the header of each message. */
  readonly tunnelLastWords?: boolean | undefined
  /** Log connections on which the client never sent a byte, such as health checks of other balancers. `false` omits these lines; the counters include the connections. */
  readonly logSilentClients?: boolean | undefined
  /** `draining` stops listening and keeps clients; `disabled` also closes them. */
  readonly state?: 'enabled' | 'draining' | 'disabled' | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type UserVserverReplacement = {
  /** Name of the user vserver. */
  readonly name?: string | undefined
  /** User protocol of the clients. */
  readonly protocol: string
  /** Further user protocols on the same port, told apart by TLS, ALPN and first bytes. One for each of: the bytes themselves and HTTP, each with TLS and without. All of them have the same extension, or are `http` and `https`. */
  readonly protocols?: readonly (string)[] | undefined
  /** IP address to listen on; `0.0.0.0` is every IPv4 address, `::` every address. */
  readonly address?: string | undefined
  /** Port to listen on. 0 picks a free port, shown in `status.listening`. */
  readonly port: number
  /** LB vserver that serves clients unless the extension names another. For transports http and https of type HTTP or HTTPS. */
  readonly defaultLb: string
  /** Further LB vservers that the extension may name with `via`. */
  readonly lbVservers?: readonly (string)[] | undefined
  /** GLBs that lead clients by the name they ask for. Clients of no GLB go to `defaultLb`, and their requests to `http.defaultLb`. */
  readonly glbs?: readonly (string)[] | undefined
  /** Values for the parameters that the extension declares. */
  readonly params?: Readonly<Record<string, string | number | boolean | readonly (Readonly<Record<string, string | number | boolean>>)[]>> | undefined
  /** Certkeys for TLS: the first is the default, the others are selected by name (SNI). A vserver of a transport with TLS that has none, and no pre-shared keys, does not listen and is `down: no certificate`. On transport tcp clients may start TLS inside the protocol, if the extension declares `startTls`. */
  readonly certificates?: readonly (string)[] | undefined
  /** TLS with clients. For transports with TLS, and for TLS that begins inside the protocol. */
  readonly tls?: {
    /** Oldest version. */
    readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined
    /** Newest version. */
    readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined
    /** Cipher suites in the order of preference, separated by colons, in OpenSSL's names; those of TLS 1.3 begin with `TLS_`. Default: those of Node, and where there are pre-shared keys, suites for them, which come first. */
    readonly ciphers?: string | undefined
    /** Groups for the key exchange in the order of preference, as `X25519MLKEM768`, `X25519`, `P-256`. Default: those of OpenSSL. */
    readonly groups?: readonly (string)[] | undefined
    /** Application protocols in the order of preference (ALPN). A client that offers only others is refused, one that offers none is served. Empty: nothing is agreed. */
    readonly alpn?: readonly (string)[] | undefined
    /** Refuse clients that ask for no name, or for one that no certificate has, with the alert `unrecognized_name`, in place of serving them the first certificate. */
    readonly strictSni?: boolean | undefined
    /** Give clients tickets that resume their TLS session with any worker, and after a restart where there is a state directory. None are given where there are pre-shared keys. */
    readonly resumption?: boolean | undefined
    /** Absolute: from the accept to the end of the handshake. */
    readonly handshakeTimeoutSeconds?: number | undefined
    /** Most handshakes at one time per worker; further clients are closed before TLS costs anything. 0 is no limit. */
    readonly maxHandshakes?: number | undefined
    /** Most handshakes that begin in a second per worker, with as many at once; further clients are closed. 0 is no limit. */
    readonly handshakesPerSecond?: number | undefined
    /** Whether clients are asked for a certificate. `optional` serves clients without one; a certificate that does not verify is refused in both. */
    readonly clientCertificate?: 'off' | 'optional' | 'mandatory' | undefined
    /** Certkeys whose `ca` may have issued certificates of clients. Their `crl` is applied. */
    readonly clientCa?: readonly (string)[] | undefined
    /** Most certificates between a client's and its root. 0: the root itself has issued it. Those between have to stand in the bundles of `clientCa`, for what clients send is not counted. Default: as many as OpenSSL takes, from clients too. */
    readonly verifyDepth?: number | undefined
    /** Certkeys whose pre-shared keys clients may have. A vserver with them needs no certificate. */
    readonly psk?: readonly (string)[] | undefined
    /** Absolute path of a file to which each worker appends the secrets of its TLS sessions (SSLKEYLOGFILE), for debugging: whoever has it can read what is sent. At 64 MiB they stop, until it is emptied or removed. The log warns as long as it is set. */
    readonly keyLogFile?: string | undefined
  } | undefined
  /** Addresses and networks that may connect, such as the balancers in front; everybody else is closed before anything is read, except for authorities that validate a host name (`acme` of a certkey). Empty: everybody may. */
  readonly allowFrom?: readonly (string)[] | undefined
  /** Takes the client's address from the PROXY protocol. Default: connections carry no header. */
  readonly proxyProtocol?: {
    /** Addresses and networks of the balancers in front. Each of their connections has to begin with a header, of version 1 or 2. Everybody else is a client without one. */
    readonly from: readonly (string)[]
    /** Deadline of the header, in seconds. */
    readonly timeoutSeconds?: number | undefined
  } | undefined
  /** Limits on clients. */
  readonly limits?: {
    /** Maximum simultaneous connections per worker; 0 means no limit. */
    readonly maxClients?: number | undefined
    /** Absolute deadline, in seconds: from the accept (or the end of the TLS handshake) to the end of the first message. */
    readonly firstMessageTimeoutSeconds?: number | undefined
    /** Silence of the client that ends the connection, in seconds, unless the extension sets its own limit; 0 means never. */
    readonly idleTimeoutSeconds?: number | undefined
    /** Idle time after which a half-closed connection ends, in seconds: the open side sends nothing, and queued bytes are not read. */
    readonly halfClosedTimeoutSeconds?: number | undefined
    /** Maximum outstanding requests of one client before Weir stops reading from it. For `per-message` balancing with replies `in-order` or `matched`. */
    readonly outstandingReplies?: number | undefined
    /** Time after which Weir abandons a request without a reply, in seconds; a later reply is dropped. For `per-message` balancing with replies `matched`. */
    readonly replyTimeoutSeconds?: number | undefined
    /** Silence after which a link to a server is closed, in seconds; the next message opens it again. For `per-message` balancing; 0 means never. */
    readonly serverIdleTimeoutSeconds?: number | undefined
    /** Maximum buffered bytes per direction before the sender is paused. */
    readonly bufferedBytes?: number | undefined
  } | undefined
  /** Controls against floods, and defence mode. */
  readonly floods?: {
    /** Defence mode: tighter limits, most connects kept for known-good addresses, and a challenge for browsers. `auto`: each worker begins it under attack, and ends it. */
    readonly mode?: 'auto' | 'on' | 'off' | undefined
    /** Whom HTTP challenges by threat score: `low` above 24, `medium` above 14, `high` above 0, `under-attack` everybody. Clients without HTTP are refused above 50. `off`: nobody. */
    readonly level?: 'off' | 'low' | 'medium' | 'high' | 'under-attack' | undefined
    /** Addresses and networks that are counted and never refused: balancers in front without the PROXY protocol, monitoring. */
    readonly exemptFrom?: readonly (string)[] | undefined
    /** Flood controls that are switched off. */
    readonly off?: readonly ('D001' | 'D002' | 'D003' | 'D004' | 'D005' | 'D006' | 'D007' | 'D008' | 'D009' | 'D010' | 'D011' | 'D012' | 'D013' | 'D014' | 'D015' | 'D016' | 'D017' | 'D018' | 'D019' | 'D020' | 'D021' | 'D022' | 'D023' | 'D024' | 'D025' | 'D026' | 'D027' | 'D028' | 'D029')[] | undefined
    /** D002: most open connections of one address (IPv6: its /64 network) per worker; 0 is no limit. */
    readonly connectionsPerAddress?: number | undefined
    /** D003: most connects of one address in a second per worker; 0 is no limit. */
    readonly connectsPerAddress?: number | undefined
    /** D003: connects of one address that may come at once. */
    readonly connectBurst?: number | undefined
    /** D004: most connects in a second per worker, with as many at once; 0 is no limit. */
    readonly connectsPerSecond?: number | undefined
    /** D029: time after the start of a worker in which `connectsPerSecond` rises from a tenth to all; 0 is none. */
    readonly rampSeconds?: number | undefined
    /** D011: most clients per worker whose server has not answered them yet; 0 is no limit. */
    readonly unanswered?: number | undefined
    /** D012: most first messages of one session key in a minute per worker; 0 is no limit. For protocols whose key is one client, as an MQTT client ID: 15. */
    readonly connectsPerKey?: number | undefined
    /** D012: for how long a key that had more is refused. */
    readonly keyRefusedSeconds?: number | undefined
    /** D013: most time from the first bytes of a message to its end, to a second; 0 is no limit. */
    readonly messageSeconds?: number | undefined
    /** D021: most time in which a client reads nothing of what waits for it here, to a second; 0 is no limit. */
    readonly readSeconds?: number | undefined
    /** D028: delay of the event loop from which new clients are reset; 0 is none. */
    readonly loopDelayMs?: number | undefined
    /** D026: most lines about refused clients in a second per worker; 0 is no limit. */
    readonly loggedPerSecond?: number | undefined
    /** Seconds of attack after which `auto` begins defence mode. */
    readonly afterSeconds?: number | undefined
    /** Seconds without one after which it ends. */
    readonly calmSeconds?: number | undefined
    /** Work of a challenge: each further bit doubles it. 16 is a fraction of a second in a browser; defence mode adds 2. */
    readonly proofBits?: number | undefined
    /** How long a client that has passed a challenge needs no other. */
    readonly clearanceSeconds?: number | undefined
  } | undefined
  /** Forwarding and limits of HTTP requests. Only for transports ws, wss, http and https. */
  readonly http?: {
    /** LB vserver of type HTTP or HTTPS that serves the requests. Only for transports ws and wss; without it requests that are not WebSockets get status 426. */
    readonly defaultLb?: string | undefined
    /** Maximum simultaneous HTTP connections per worker, including those whose WebSocket handshake is pending; 0 means no limit. More get status 503. `limits.maxClients` limits the WebSockets. */
    readonly maxConnections?: number | undefined
    /** Maximum size of the request line and headers. */
    readonly maxHeadBytes?: number | undefined
    /** Maximum size of a request body. A larger one gets status 413. */
    readonly maxBodyBytes?: number | undefined
    /** Time limit for the head of the first request, from the accept or the end of the TLS handshake. */
    readonly headTimeoutSeconds?: number | undefined
    /** Time limit for the head of a further request on the connection, from the end of the previous response. */
    readonly keepAliveSeconds?: number | undefined
    /** Time limit without progress: the server sends nothing, or the client sends or accepts nothing. */
    readonly timeoutSeconds?: number | undefined
    /** Addresses and networks of proxies in front that write X-Forwarded-For. Of their requests the client is the last address of that header that is none of theirs, for access rules, lockdowns and rules. Empty: the header is not believed. */
    readonly trustedProxies?: readonly (string)[] | undefined
    /** Log each request: method, path without query, status, service and duration. */
    readonly logRequests?: boolean | undefined
  } | undefined
  /** Rules for WebSocket clients. Only for transports ws and wss. */
  readonly websocket?: {
    /** Paths that accept WebSockets. An empty list accepts every path. */
    readonly paths?: readonly (string)[] | undefined
    /** Origins whose pages may open a WebSocket. An empty list allows every page. Clients that send no Origin header are not browsers and are always allowed. */
    readonly allowedOrigins?: readonly (string)[] | undefined
    /** Maximum size of one WebSocket message, which is buffered until it is complete. A larger one closes the connection with code 1009. */
    readonly maxMessageBytes?: number | undefined
    /** Maximum number of fragments in one message. More close the connection with code 1008. */
    readonly maxFragments?: number | undefined
    /** Maximum WebSocket pings from one client per second. More close the connection with code 1008. */
    readonly maxPingsPerSecond?: number | undefined
    /** Interval of WebSocket pings to the client, in seconds. The connection is reset when a pong is missing at the next ping. 0 sends none. */
    readonly pingSeconds?: number | undefined
  } | undefined
  /** TCP keep-alive of new connections, to detect a client that vanished. */
  readonly tcpKeepAlive?: {
    /** Time without a packet after which the peer is probed; 0 means never. */
    readonly idleSeconds?: number | undefined
    /** Time between two probes. */
    readonly intervalSeconds?: number | undefined
    /** Unanswered probes after which the connection is closed. */
    readonly probes?: number | undefined
  } | undefined
  /** Links to servers where messages are balanced one by one. `own`: each client has its own. `shared`: messages that the extension has declared keys of go over links that all clients share; others, and those over 64 KiB, over one of their own. */
  readonly serverLinks?: 'own' | 'shared' | undefined
  /** Track message boundaries in tunnels, so that tunnelled clients can get a goodbye. `false` saves parsing the header of each message. */
  readonly tunnelLastWords?: boolean | undefined
  /** Log connections on which the client never sent a byte, such as health checks of other balancers. `false` omits these lines; the counters include the connections. */
  readonly logSilentClients?: boolean | undefined
  /** `draining` stops listening and keeps clients; `disabled` also closes them. */
  readonly state?: 'enabled' | 'draining' | 'disabled' | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

/** JSON Merge Patch (RFC 7396) of a user vserver: what is left out stays, null resets a field to its default, objects merge, lists are replaced. */
export type UserVserverPatch = {
  /** Name of the user vserver. */
  readonly name?: string | undefined
  readonly protocol?: string | null | undefined
  readonly protocols?: readonly (string)[] | null | undefined
  readonly address?: string | null | undefined
  readonly port?: number | null | undefined
  readonly defaultLb?: string | null | undefined
  readonly lbVservers?: readonly (string)[] | null | undefined
  readonly glbs?: readonly (string)[] | null | undefined
  readonly params?: Readonly<Record<string, string | number | boolean | readonly (Readonly<Record<string, string | number | boolean>>)[]>> | null | undefined
  readonly certificates?: readonly (string)[] | null | undefined
  readonly tls?: {
    /** Oldest version. */
    readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined
    /** Newest version. */
    readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined
    /** Cipher suites in the order of preference, separated by colons, in OpenSSL's names; those of TLS 1.3 begin with `TLS_`. Default: those of Node, and where there are pre-shared keys, suites for them, which come first. */
    readonly ciphers?: string | undefined
    /** Groups for the key exchange in the order of preference, as `X25519MLKEM768`, `X25519`, `P-256`. Default: those of OpenSSL. */
    readonly groups?: readonly (string)[] | undefined
    /** Application protocols in the order of preference (ALPN). A client that offers only others is refused, one that offers none is served. Empty: nothing is agreed. */
    readonly alpn?: readonly (string)[] | undefined
    /** Refuse clients that ask for no name, or for one that no certificate has, with the alert `unrecognized_name`, in place of serving them the first certificate. */
    readonly strictSni?: boolean | undefined
    /** Give clients tickets that resume their TLS session with any worker, and after a restart where there is a state directory. None are given where there are pre-shared keys. */
    readonly resumption?: boolean | undefined
    /** Absolute: from the accept to the end of the handshake. */
    readonly handshakeTimeoutSeconds?: number | undefined
    /** Most handshakes at one time per worker; further clients are closed before TLS costs anything. 0 is no limit. */
    readonly maxHandshakes?: number | undefined
    /** Most handshakes that begin in a second per worker, with as many at once; further clients are closed. 0 is no limit. */
    readonly handshakesPerSecond?: number | undefined
    /** Whether clients are asked for a certificate. `optional` serves clients without one; a certificate that does not verify is refused in both. */
    readonly clientCertificate?: 'off' | 'optional' | 'mandatory' | undefined
    /** Certkeys whose `ca` may have issued certificates of clients. Their `crl` is applied. */
    readonly clientCa?: readonly (string)[] | undefined
    /** Most certificates between a client's and its root. 0: the root itself has issued it. Those between have to stand in the bundles of `clientCa`, for what clients send is not counted. Default: as many as OpenSSL takes, from clients too. */
    readonly verifyDepth?: number | undefined
    /** Certkeys whose pre-shared keys clients may have. A vserver with them needs no certificate. */
    readonly psk?: readonly (string)[] | undefined
    /** Absolute path of a file to which each worker appends the secrets of its TLS sessions (SSLKEYLOGFILE), for debugging: whoever has it can read what is sent. At 64 MiB they stop, until it is emptied or removed. The log warns as long as it is set. */
    readonly keyLogFile?: string | undefined
  } | null | undefined
  readonly allowFrom?: readonly (string)[] | null | undefined
  readonly proxyProtocol?: {
    /** Addresses and networks of the balancers in front. Each of their connections has to begin with a header, of version 1 or 2. Everybody else is a client without one. */
    readonly from?: readonly (string)[] | undefined
    /** Deadline of the header, in seconds. */
    readonly timeoutSeconds?: number | undefined
  } | null | undefined
  readonly limits?: {
    /** Maximum simultaneous connections per worker; 0 means no limit. */
    readonly maxClients?: number | undefined
    /** Absolute deadline, in seconds: from the accept (or the end of the TLS handshake) to the end of the first message. */
    readonly firstMessageTimeoutSeconds?: number | undefined
    /** Silence of the client that ends the connection, in seconds, unless the extension sets its own limit; 0 means never. */
    readonly idleTimeoutSeconds?: number | undefined
    /** Idle time after which a half-closed connection ends, in seconds: the open side sends nothing, and queued bytes are not read. */
    readonly halfClosedTimeoutSeconds?: number | undefined
    /** Maximum outstanding requests of one client before Weir stops reading from it. For `per-message` balancing with replies `in-order` or `matched`. */
    readonly outstandingReplies?: number | undefined
    /** Time after which Weir abandons a request without a reply, in seconds; a later reply is dropped. For `per-message` balancing with replies `matched`. */
    readonly replyTimeoutSeconds?: number | undefined
    /** Silence after which a link to a server is closed, in seconds; the next message opens it again. For `per-message` balancing; 0 means never. */
    readonly serverIdleTimeoutSeconds?: number | undefined
    /** Maximum buffered bytes per direction before the sender is paused. */
    readonly bufferedBytes?: number | undefined
  } | null | undefined
  readonly floods?: {
    /** Defence mode: tighter limits, most connects kept for known-good addresses, and a challenge for browsers. `auto`: each worker begins it under attack, and ends it. */
    readonly mode?: 'auto' | 'on' | 'off' | undefined
    /** Whom HTTP challenges by threat score: `low` above 24, `medium` above 14, `high` above 0, `under-attack` everybody. Clients without HTTP are refused above 50. `off`: nobody. */
    readonly level?: 'off' | 'low' | 'medium' | 'high' | 'under-attack' | undefined
    /** Addresses and networks that are counted and never refused: balancers in front without the PROXY protocol, monitoring. */
    readonly exemptFrom?: readonly (string)[] | undefined
    /** Flood controls that are switched off. */
    readonly off?: readonly ('D001' | 'D002' | 'D003' | 'D004' | 'D005' | 'D006' | 'D007' | 'D008' | 'D009' | 'D010' | 'D011' | 'D012' | 'D013' | 'D014' | 'D015' | 'D016' | 'D017' | 'D018' | 'D019' | 'D020' | 'D021' | 'D022' | 'D023' | 'D024' | 'D025' | 'D026' | 'D027' | 'D028' | 'D029')[] | undefined
    /** D002: most open connections of one address (IPv6: its /64 network) per worker; 0 is no limit. */
    readonly connectionsPerAddress?: number | undefined
    /** D003: most connects of one address in a second per worker; 0 is no limit. */
    readonly connectsPerAddress?: number | undefined
    /** D003: connects of one address that may come at once. */
    readonly connectBurst?: number | undefined
    /** D004: most connects in a second per worker, with as many at once; 0 is no limit. */
    readonly connectsPerSecond?: number | undefined
    /** D029: time after the start of a worker in which `connectsPerSecond` rises from a tenth to all; 0 is none. */
    readonly rampSeconds?: number | undefined
    /** D011: most clients per worker whose server has not answered them yet; 0 is no limit. */
    readonly unanswered?: number | undefined
    /** D012: most first messages of one session key in a minute per worker; 0 is no limit. For protocols whose key is one client, as an MQTT client ID: 15. */
    readonly connectsPerKey?: number | undefined
    /** D012: for how long a key that had more is refused. */
    readonly keyRefusedSeconds?: number | undefined
    /** D013: most time from the first bytes of a message to its end, to a second; 0 is no limit. */
    readonly messageSeconds?: number | undefined
    /** D021: most time in which a client reads nothing of what waits for it here, to a second; 0 is no limit. */
    readonly readSeconds?: number | undefined
    /** D028: delay of the event loop from which new clients are reset; 0 is none. */
    readonly loopDelayMs?: number | undefined
    /** D026: most lines about refused clients in a second per worker; 0 is no limit. */
    readonly loggedPerSecond?: number | undefined
    /** Seconds of attack after which `auto` begins defence mode. */
    readonly afterSeconds?: number | undefined
    /** Seconds without one after which it ends. */
    readonly calmSeconds?: number | undefined
    /** Work of a challenge: each further bit doubles it. 16 is a fraction of a second in a browser; defence mode adds 2. */
    readonly proofBits?: number | undefined
    /** How long a client that has passed a challenge needs no other. */
    readonly clearanceSeconds?: number | undefined
  } | null | undefined
  readonly http?: {
    /** LB vserver of type HTTP or HTTPS that serves the requests. Only for transports ws and wss; without it requests that are not WebSockets get status 426. */
    readonly defaultLb?: string | undefined
    /** Maximum simultaneous HTTP connections per worker, including those whose WebSocket handshake is pending; 0 means no limit. More get status 503. `limits.maxClients` limits the WebSockets. */
    readonly maxConnections?: number | undefined
    /** Maximum size of the request line and headers. */
    readonly maxHeadBytes?: number | undefined
    /** Maximum size of a request body. A larger one gets status 413. */
    readonly maxBodyBytes?: number | undefined
    /** Time limit for the head of the first request, from the accept or the end of the TLS handshake. */
    readonly headTimeoutSeconds?: number | undefined
    /** Time limit for the head of a further request on the connection, from the end of the previous response. */
    readonly keepAliveSeconds?: number | undefined
    /** Time limit without progress: the server sends nothing, or the client sends or accepts nothing. */
    readonly timeoutSeconds?: number | undefined
    /** Addresses and networks of proxies in front that write X-Forwarded-For. Of their requests the client is the last address of that header that is none of theirs, for access rules, lockdowns and rules. Empty: the header is not believed. */
    readonly trustedProxies?: readonly (string)[] | undefined
    /** Log each request: method, path without query, status, service and duration. */
    readonly logRequests?: boolean | undefined
  } | null | undefined
  readonly websocket?: {
    /** Paths that accept WebSockets. An empty list accepts every path. */
    readonly paths?: readonly (string)[] | undefined
    /** Origins whose pages may open a WebSocket. An empty list allows every page. Clients that send no Origin header are not browsers and are always allowed. */
    readonly allowedOrigins?: readonly (string)[] | undefined
    /** Maximum size of one WebSocket message, which is buffered until it is complete. A larger one closes the connection with code 1009. */
    readonly maxMessageBytes?: number | undefined
    /** Maximum number of fragments in one message. More close the connection with code 1008. */
    readonly maxFragments?: number | undefined
    /** Maximum WebSocket pings from one client per second. More close the connection with code 1008. */
    readonly maxPingsPerSecond?: number | undefined
    /** Interval of WebSocket pings to the client, in seconds. The connection is reset when a pong is missing at the next ping. 0 sends none. */
    readonly pingSeconds?: number | undefined
  } | null | undefined
  readonly tcpKeepAlive?: {
    /** Time without a packet after which the peer is probed; 0 means never. */
    readonly idleSeconds?: number | undefined
    /** Time between two probes. */
    readonly intervalSeconds?: number | undefined
    /** Unanswered probes after which the connection is closed. */
    readonly probes?: number | undefined
  } | null | undefined
  readonly serverLinks?: 'own' | 'shared' | null | undefined
  readonly tunnelLastWords?: boolean | null | undefined
  readonly logSilentClients?: boolean | null | undefined
  readonly state?: 'enabled' | 'draining' | 'disabled' | null | undefined
  readonly comment?: string | null | undefined
  readonly status?: EntityStatus | undefined
}

export type UserVserverList = {
  readonly items: readonly (UserVserver)[]
}

export type GeoDatabase = {
  /** Name of the database. */
  readonly name: string
  /** File in the format mmdb, such as GeoLite2-Country, GeoLite2-ASN, or those of DB-IP. Weir looks for a new one every few seconds, and takes it as a whole; one that it cannot read leaves the one before in use. */
  readonly mmdbFile: string
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type GeoDatabaseInput = {
  /** Name of the database. */
  readonly name: string
  /** File in the format mmdb, such as GeoLite2-Country, GeoLite2-ASN, or those of DB-IP. Weir looks for a new one every few seconds, and takes it as a whole; one that it cannot read leaves the one before in use. */
  readonly mmdbFile: string
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type GeoDatabaseReplacement = {
  /** Name of the database. */
  readonly name?: string | undefined
  /** File in the format mmdb, such as GeoLite2-Country, GeoLite2-ASN, or those of DB-IP. Weir looks for a new one every few seconds, and takes it as a whole; one that it cannot read leaves the one before in use. */
  readonly mmdbFile: string
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

/** JSON Merge Patch (RFC 7396) of a geo database: what is left out stays, null resets a field to its default, objects merge, lists are replaced. */
export type GeoDatabasePatch = {
  /** Name of the database. */
  readonly name?: string | undefined
  readonly mmdbFile?: string | null | undefined
  readonly comment?: string | null | undefined
  readonly status?: EntityStatus | undefined
}

export type GeoDatabaseList = {
  readonly items: readonly (GeoDatabase)[]
}

export type List = {
  /** Name of the list. Expressions have it behind `$`: `ip.src in $office`. */
  readonly name: string
  /** `ip`: addresses and networks, for fields such as `ip.src`. `asn`: autonomous systems (`AS64496`), for `ip.src.asnum`. `country`: codes of countries, for `ip.src.country`. `string`: any texts. */
  readonly type: 'ip' | 'asn' | 'country' | 'string'
  /** The items. `POST /v1/lists/{name}/items` adds and removes some of them. */
  readonly items: readonly (string)[]
  /** When items end, by item: they are members until then. An item that is not named here stays. */
  readonly expires: Readonly<Record<string, string>>
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type ListInput = {
  /** Name of the list. Expressions have it behind `$`: `ip.src in $office`. */
  readonly name: string
  /** `ip`: addresses and networks, for fields such as `ip.src`. `asn`: autonomous systems (`AS64496`), for `ip.src.asnum`. `country`: codes of countries, for `ip.src.country`. `string`: any texts. */
  readonly type: 'ip' | 'asn' | 'country' | 'string'
  /** The items. `POST /v1/lists/{name}/items` adds and removes some of them. */
  readonly items?: readonly (string)[] | undefined
  /** When items end, by item: they are members until then. An item that is not named here stays. */
  readonly expires?: Readonly<Record<string, string>> | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type ListReplacement = {
  /** Name of the list. Expressions have it behind `$`: `ip.src in $office`. */
  readonly name?: string | undefined
  /** `ip`: addresses and networks, for fields such as `ip.src`. `asn`: autonomous systems (`AS64496`), for `ip.src.asnum`. `country`: codes of countries, for `ip.src.country`. `string`: any texts. */
  readonly type: 'ip' | 'asn' | 'country' | 'string'
  /** The items. `POST /v1/lists/{name}/items` adds and removes some of them. */
  readonly items?: readonly (string)[] | undefined
  /** When items end, by item: they are members until then. An item that is not named here stays. */
  readonly expires?: Readonly<Record<string, string>> | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

/** JSON Merge Patch (RFC 7396) of a list: what is left out stays, null resets a field to its default, objects merge, lists are replaced. */
export type ListPatch = {
  /** Name of the list. Expressions have it behind `$`: `ip.src in $office`. */
  readonly name?: string | undefined
  readonly type?: 'ip' | 'asn' | 'country' | 'string' | null | undefined
  readonly items?: readonly (string)[] | null | undefined
  readonly expires?: Readonly<Record<string, string>> | null | undefined
  readonly comment?: string | null | undefined
  readonly status?: EntityStatus | undefined
}

export type ListList = {
  readonly items: readonly (List)[]
}

export type AccessRule = {
  /** Name of the access rule. */
  readonly name: string
  /** Where the clients come from: an address, a network (`2001:db8::/32`), an autonomous system (`AS64496`), a country (`DE`), or a list (`$partners`). */
  readonly source: string
  /** `allow` makes them trusted: no access rule, lockdown, user-agent rule or rule blocks them, and no limit counts them. `block` resets their connections before anything is read. `challenge` has the HTTP clients of user vservers that take requests prove themselves, as the action of rules does. `allow` comes before `block`, and `block` before `challenge`; of one action an address or network comes first (the longest prefix before others), then a list, an autonomous system, and a country. */
  readonly action: 'allow' | 'block' | 'challenge'
  /** User vservers to which it applies. Empty: all. */
  readonly vservers: readonly (string)[]
  /** When it ends. Default: never. It stays in the configuration without effect, and Weir removes it an hour later. */
  readonly expiresAt?: string | undefined
  /** `disabled` has no effect. */
  readonly state: 'enabled' | 'disabled'
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type AccessRuleInput = {
  /** Name of the access rule. */
  readonly name: string
  /** Where the clients come from: an address, a network (`2001:db8::/32`), an autonomous system (`AS64496`), a country (`DE`), or a list (`$partners`). */
  readonly source: string
  /** `allow` makes them trusted: no access rule, lockdown, user-agent rule or rule blocks them, and no limit counts them. `block` resets their connections before anything is read. `challenge` has the HTTP clients of user vservers that take requests prove themselves, as the action of rules does. `allow` comes before `block`, and `block` before `challenge`; of one action an address or network comes first (the longest prefix before others), then a list, an autonomous system, and a country. */
  readonly action: 'allow' | 'block' | 'challenge'
  /** User vservers to which it applies. Empty: all. */
  readonly vservers?: readonly (string)[] | undefined
  /** When it ends. Default: never. It stays in the configuration without effect, and Weir removes it an hour later. */
  readonly expiresAt?: string | undefined
  /** `disabled` has no effect. */
  readonly state?: 'enabled' | 'disabled' | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type AccessRuleReplacement = {
  /** Name of the access rule. */
  readonly name?: string | undefined
  /** Where the clients come from: an address, a network (`2001:db8::/32`), an autonomous system (`AS64496`), a country (`DE`), or a list (`$partners`). */
  readonly source: string
  /** `allow` makes them trusted: no access rule, lockdown, user-agent rule or rule blocks them, and no limit counts them. `block` resets their connections before anything is read. `challenge` has the HTTP clients of user vservers that take requests prove themselves, as the action of rules does. `allow` comes before `block`, and `block` before `challenge`; of one action an address or network comes first (the longest prefix before others), then a list, an autonomous system, and a country. */
  readonly action: 'allow' | 'block' | 'challenge'
  /** User vservers to which it applies. Empty: all. */
  readonly vservers?: readonly (string)[] | undefined
  /** When it ends. Default: never. It stays in the configuration without effect, and Weir removes it an hour later. */
  readonly expiresAt?: string | undefined
  /** `disabled` has no effect. */
  readonly state?: 'enabled' | 'disabled' | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

/** JSON Merge Patch (RFC 7396) of a access rule: what is left out stays, null resets a field to its default, objects merge, lists are replaced. */
export type AccessRulePatch = {
  /** Name of the access rule. */
  readonly name?: string | undefined
  readonly source?: string | null | undefined
  readonly action?: 'allow' | 'block' | 'challenge' | null | undefined
  readonly vservers?: readonly (string)[] | null | undefined
  readonly expiresAt?: string | null | undefined
  readonly state?: 'enabled' | 'disabled' | null | undefined
  readonly comment?: string | null | undefined
  readonly status?: EntityStatus | undefined
}

export type AccessRuleList = {
  readonly items: readonly (AccessRule)[]
}

export type Lockdown = {
  /** Name of the lockdown. */
  readonly name: string
  /** Paths, without a query. `*` is any text: `/admin/*`. A host may stand in front: `www.example.com/admin/*`. They are compared with the path in its normal form, decoded, and with several slashes as one. */
  readonly paths: readonly (string)[]
  /** Where clients come from that may ask for them; as in access rules. */
  readonly sources: readonly (string)[]
  /** User vservers to which it applies. Empty: all that take HTTP requests. */
  readonly vservers: readonly (string)[]
  /** The first lockdown whose paths fit decides. They are looked at from the lowest to the highest; 0 is last. */
  readonly priority: number
  /** What everybody else gets. Default: 403 without a body. */
  readonly response?: {
    /** Status of the response. */
    readonly status: number
    /** Type of the body. */
    readonly contentType: 'text/plain' | 'text/html' | 'application/json' | 'text/xml'
    /** Body of the response. */
    readonly body: string
  } | undefined
  /** `disabled` has no effect. */
  readonly state: 'enabled' | 'disabled'
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type LockdownInput = {
  /** Name of the lockdown. */
  readonly name: string
  /** Paths, without a query. `*` is any text: `/admin/*`. A host may stand in front: `www.example.com/admin/*`. They are compared with the path in its normal form, decoded, and with several slashes as one. */
  readonly paths: readonly (string)[]
  /** Where clients come from that may ask for them; as in access rules. */
  readonly sources: readonly (string)[]
  /** User vservers to which it applies. Empty: all that take HTTP requests. */
  readonly vservers?: readonly (string)[] | undefined
  /** The first lockdown whose paths fit decides. They are looked at from the lowest to the highest; 0 is last. */
  readonly priority?: number | undefined
  /** What everybody else gets. Default: 403 without a body. */
  readonly response?: {
    /** Status of the response. */
    readonly status?: number | undefined
    /** Type of the body. */
    readonly contentType?: 'text/plain' | 'text/html' | 'application/json' | 'text/xml' | undefined
    /** Body of the response. */
    readonly body?: string | undefined
  } | undefined
  /** `disabled` has no effect. */
  readonly state?: 'enabled' | 'disabled' | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type LockdownReplacement = {
  /** Name of the lockdown. */
  readonly name?: string | undefined
  /** Paths, without a query. `*` is any text: `/admin/*`. A host may stand in front: `www.example.com/admin/*`. They are compared with the path in its normal form, decoded, and with several slashes as one. */
  readonly paths: readonly (string)[]
  /** Where clients come from that may ask for them; as in access rules. */
  readonly sources: readonly (string)[]
  /** User vservers to which it applies. Empty: all that take HTTP requests. */
  readonly vservers?: readonly (string)[] | undefined
  /** The first lockdown whose paths fit decides. They are looked at from the lowest to the highest; 0 is last. */
  readonly priority?: number | undefined
  /** What everybody else gets. Default: 403 without a body. */
  readonly response?: {
    /** Status of the response. */
    readonly status?: number | undefined
    /** Type of the body. */
    readonly contentType?: 'text/plain' | 'text/html' | 'application/json' | 'text/xml' | undefined
    /** Body of the response. */
    readonly body?: string | undefined
  } | undefined
  /** `disabled` has no effect. */
  readonly state?: 'enabled' | 'disabled' | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

/** JSON Merge Patch (RFC 7396) of a lockdown: what is left out stays, null resets a field to its default, objects merge, lists are replaced. */
export type LockdownPatch = {
  /** Name of the lockdown. */
  readonly name?: string | undefined
  readonly paths?: readonly (string)[] | null | undefined
  readonly sources?: readonly (string)[] | null | undefined
  readonly vservers?: readonly (string)[] | null | undefined
  readonly priority?: number | null | undefined
  readonly response?: {
    /** Status of the response. */
    readonly status?: number | undefined
    /** Type of the body. */
    readonly contentType?: 'text/plain' | 'text/html' | 'application/json' | 'text/xml' | undefined
    /** Body of the response. */
    readonly body?: string | undefined
  } | null | undefined
  readonly state?: 'enabled' | 'disabled' | null | undefined
  readonly comment?: string | null | undefined
  readonly status?: EntityStatus | undefined
}

export type LockdownList = {
  readonly items: readonly (Lockdown)[]
}

export type UserAgentRule = {
  /** Name of the user-agent rule. */
  readonly name: string
  /** Text that the User-Agent header of a refused client contains, in capitals or not. */
  readonly contains: string
  /** User vservers to which it applies. Empty: all that take HTTP requests. */
  readonly vservers: readonly (string)[]
  /** What the client gets. Default: 403 without a body. */
  readonly response?: {
    /** Status of the response. */
    readonly status: number
    /** Type of the body. */
    readonly contentType: 'text/plain' | 'text/html' | 'application/json' | 'text/xml'
    /** Body of the response. */
    readonly body: string
  } | undefined
  /** `disabled` has no effect. */
  readonly state: 'enabled' | 'disabled'
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type UserAgentRuleInput = {
  /** Name of the user-agent rule. */
  readonly name: string
  /** Text that the User-Agent header of a refused client contains, in capitals or not. */
  readonly contains: string
  /** User vservers to which it applies. Empty: all that take HTTP requests. */
  readonly vservers?: readonly (string)[] | undefined
  /** What the client gets. Default: 403 without a body. */
  readonly response?: {
    /** Status of the response. */
    readonly status?: number | undefined
    /** Type of the body. */
    readonly contentType?: 'text/plain' | 'text/html' | 'application/json' | 'text/xml' | undefined
    /** Body of the response. */
    readonly body?: string | undefined
  } | undefined
  /** `disabled` has no effect. */
  readonly state?: 'enabled' | 'disabled' | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type UserAgentRuleReplacement = {
  /** Name of the user-agent rule. */
  readonly name?: string | undefined
  /** Text that the User-Agent header of a refused client contains, in capitals or not. */
  readonly contains: string
  /** User vservers to which it applies. Empty: all that take HTTP requests. */
  readonly vservers?: readonly (string)[] | undefined
  /** What the client gets. Default: 403 without a body. */
  readonly response?: {
    /** Status of the response. */
    readonly status?: number | undefined
    /** Type of the body. */
    readonly contentType?: 'text/plain' | 'text/html' | 'application/json' | 'text/xml' | undefined
    /** Body of the response. */
    readonly body?: string | undefined
  } | undefined
  /** `disabled` has no effect. */
  readonly state?: 'enabled' | 'disabled' | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

/** JSON Merge Patch (RFC 7396) of a user agent rule: what is left out stays, null resets a field to its default, objects merge, lists are replaced. */
export type UserAgentRulePatch = {
  /** Name of the user-agent rule. */
  readonly name?: string | undefined
  readonly contains?: string | null | undefined
  readonly vservers?: readonly (string)[] | null | undefined
  readonly response?: {
    /** Status of the response. */
    readonly status?: number | undefined
    /** Type of the body. */
    readonly contentType?: 'text/plain' | 'text/html' | 'application/json' | 'text/xml' | undefined
    /** Body of the response. */
    readonly body?: string | undefined
  } | null | undefined
  readonly state?: 'enabled' | 'disabled' | null | undefined
  readonly comment?: string | null | undefined
  readonly status?: EntityStatus | undefined
}

export type UserAgentRuleList = {
  readonly items: readonly (UserAgentRule)[]
}

export type Rule = {
  /** Name of the rule. */
  readonly name: string
  /** Condition in the rule language: `mqtt.type eq "PUBLISH" and starts_with(mqtt.publish.topic, "$SYS/")`. */
  readonly expression: string
  /** `log` reports and looks on; `throttle` reads the client so slowly that `messagesPerSecond` of such messages pass, and looks on; `skip` leaves out the rules of the same phase behind it; `challenge` has a browser prove work before its HTTP request or WebSocket is served; `ban` blocks, and accepts no connection of the client's address for `banSeconds`; `block` refuses the client, the request or the message. */
  readonly action: 'log' | 'throttle' | 'skip' | 'challenge' | 'ban' | 'block'
  /** When the rule is looked at. Default: as soon as all fields of the expression are known; of a challenge, `request`; of `throttle`, `message`. A rule cannot be looked at before that; `reply` is never a default. */
  readonly phase?: 'connect' | 'tls-hello' | 'hello' | 'request' | 'first-message' | 'message' | 'reply' | undefined
  /** User vservers to which it applies. Empty: all that have the fields of the expression. */
  readonly vservers: readonly (string)[]
  /** Rules are looked at from the lowest to the highest; 0 is last. Of one priority they are looked at as the actions are listed; then the order of the configuration counts. */
  readonly priority: number
  /** Of `throttle`: how many messages of one connection to which the rule applies pass in a second. */
  readonly messagesPerSecond?: number | undefined
  /** Of `ban`: how long it lasts. */
  readonly banSeconds?: number | undefined
  /** How a client is refused that a rule of phase `tls-hello` blocks: with the TLS alert `access_denied`, or with a reset. Default: `alert`. */
  readonly refusal?: 'alert' | 'reset' | undefined
  /** Response to a blocked HTTP request. Default: 403 without a body. */
  readonly response?: {
    /** Status of the response. */
    readonly status: number
    /** Type of the body. */
    readonly contentType: 'text/plain' | 'text/html' | 'application/json' | 'text/xml'
    /** Body of the response. */
    readonly body: string
  } | undefined
  /** The control against floods that it is part of: it is counted there, and `floods.off` of a user vserver switches it off. */
  readonly floodControl?: 'D014' | 'D016' | 'D017' | 'D018' | 'D019' | 'D020' | undefined
  /** `simulated` counts and reports without effect. `draft` is kept, and neither checked nor used. `disabled` is checked and not used. */
  readonly state: 'enabled' | 'simulated' | 'draft' | 'disabled'
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type RuleInput = {
  /** Name of the rule. */
  readonly name: string
  /** Condition in the rule language: `mqtt.type eq "PUBLISH" and starts_with(mqtt.publish.topic, "$SYS/")`. */
  readonly expression: string
  /** `log` reports and looks on; `throttle` reads the client so slowly that `messagesPerSecond` of such messages pass, and looks on; `skip` leaves out the rules of the same phase behind it; `challenge` has a browser prove work before its HTTP request or WebSocket is served; `ban` blocks, and accepts no connection of the client's address for `banSeconds`; `block` refuses the client, the request or the message. */
  readonly action: 'log' | 'throttle' | 'skip' | 'challenge' | 'ban' | 'block'
  /** When the rule is looked at. Default: as soon as all fields of the expression are known; of a challenge, `request`; of `throttle`, `message`. A rule cannot be looked at before that; `reply` is never a default. */
  readonly phase?: 'connect' | 'tls-hello' | 'hello' | 'request' | 'first-message' | 'message' | 'reply' | undefined
  /** User vservers to which it applies. Empty: all that have the fields of the expression. */
  readonly vservers?: readonly (string)[] | undefined
  /** Rules are looked at from the lowest to the highest; 0 is last. Of one priority they are looked at as the actions are listed; then the order of the configuration counts. */
  readonly priority?: number | undefined
  /** Of `throttle`: how many messages of one connection to which the rule applies pass in a second. */
  readonly messagesPerSecond?: number | undefined
  /** Of `ban`: how long it lasts. */
  readonly banSeconds?: number | undefined
  /** How a client is refused that a rule of phase `tls-hello` blocks: with the TLS alert `access_denied`, or with a reset. Default: `alert`. */
  readonly refusal?: 'alert' | 'reset' | undefined
  /** Response to a blocked HTTP request. Default: 403 without a body. */
  readonly response?: {
    /** Status of the response. */
    readonly status?: number | undefined
    /** Type of the body. */
    readonly contentType?: 'text/plain' | 'text/html' | 'application/json' | 'text/xml' | undefined
    /** Body of the response. */
    readonly body?: string | undefined
  } | undefined
  /** The control against floods that it is part of: it is counted there, and `floods.off` of a user vserver switches it off. */
  readonly floodControl?: 'D014' | 'D016' | 'D017' | 'D018' | 'D019' | 'D020' | undefined
  /** `simulated` counts and reports without effect. `draft` is kept, and neither checked nor used. `disabled` is checked and not used. */
  readonly state?: 'enabled' | 'simulated' | 'draft' | 'disabled' | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type RuleReplacement = {
  /** Name of the rule. */
  readonly name?: string | undefined
  /** Condition in the rule language: `mqtt.type eq "PUBLISH" and starts_with(mqtt.publish.topic, "$SYS/")`. */
  readonly expression: string
  /** `log` reports and looks on; `throttle` reads the client so slowly that `messagesPerSecond` of such messages pass, and looks on; `skip` leaves out the rules of the same phase behind it; `challenge` has a browser prove work before its HTTP request or WebSocket is served; `ban` blocks, and accepts no connection of the client's address for `banSeconds`; `block` refuses the client, the request or the message. */
  readonly action: 'log' | 'throttle' | 'skip' | 'challenge' | 'ban' | 'block'
  /** When the rule is looked at. Default: as soon as all fields of the expression are known; of a challenge, `request`; of `throttle`, `message`. A rule cannot be looked at before that; `reply` is never a default. */
  readonly phase?: 'connect' | 'tls-hello' | 'hello' | 'request' | 'first-message' | 'message' | 'reply' | undefined
  /** User vservers to which it applies. Empty: all that have the fields of the expression. */
  readonly vservers?: readonly (string)[] | undefined
  /** Rules are looked at from the lowest to the highest; 0 is last. Of one priority they are looked at as the actions are listed; then the order of the configuration counts. */
  readonly priority?: number | undefined
  /** Of `throttle`: how many messages of one connection to which the rule applies pass in a second. */
  readonly messagesPerSecond?: number | undefined
  /** Of `ban`: how long it lasts. */
  readonly banSeconds?: number | undefined
  /** How a client is refused that a rule of phase `tls-hello` blocks: with the TLS alert `access_denied`, or with a reset. Default: `alert`. */
  readonly refusal?: 'alert' | 'reset' | undefined
  /** Response to a blocked HTTP request. Default: 403 without a body. */
  readonly response?: {
    /** Status of the response. */
    readonly status?: number | undefined
    /** Type of the body. */
    readonly contentType?: 'text/plain' | 'text/html' | 'application/json' | 'text/xml' | undefined
    /** Body of the response. */
    readonly body?: string | undefined
  } | undefined
  /** The control against floods that it is part of: it is counted there, and `floods.off` of a user vserver switches it off. */
  readonly floodControl?: 'D014' | 'D016' | 'D017' | 'D018' | 'D019' | 'D020' | undefined
  /** `simulated` counts and reports without effect. `draft` is kept, and neither checked nor used. `disabled` is checked and not used. */
  readonly state?: 'enabled' | 'simulated' | 'draft' | 'disabled' | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

/** JSON Merge Patch (RFC 7396) of a rule: what is left out stays, null resets a field to its default, objects merge, lists are replaced. */
export type RulePatch = {
  /** Name of the rule. */
  readonly name?: string | undefined
  readonly expression?: string | null | undefined
  readonly action?: 'log' | 'throttle' | 'skip' | 'challenge' | 'ban' | 'block' | null | undefined
  readonly phase?: 'connect' | 'tls-hello' | 'hello' | 'request' | 'first-message' | 'message' | 'reply' | null | undefined
  readonly vservers?: readonly (string)[] | null | undefined
  readonly priority?: number | null | undefined
  readonly messagesPerSecond?: number | null | undefined
  readonly banSeconds?: number | null | undefined
  readonly refusal?: 'alert' | 'reset' | null | undefined
  readonly response?: {
    /** Status of the response. */
    readonly status?: number | undefined
    /** Type of the body. */
    readonly contentType?: 'text/plain' | 'text/html' | 'application/json' | 'text/xml' | undefined
    /** Body of the response. */
    readonly body?: string | undefined
  } | null | undefined
  readonly floodControl?: 'D014' | 'D016' | 'D017' | 'D018' | 'D019' | 'D020' | null | undefined
  readonly state?: 'enabled' | 'simulated' | 'draft' | 'disabled' | null | undefined
  readonly comment?: string | null | undefined
  readonly status?: EntityStatus | undefined
}

export type RuleList = {
  readonly items: readonly (Rule)[]
}

export type EdgeFunction = {
  /** Name of the edge function. */
  readonly name: string
  /** JavaScript or TypeScript: `export default edgeFunction({ onRequest (request) { … } })` of `@weirlb/sdk`, or `addEventListener('fetch', event => { event.respondWith(…) })`. */
  readonly source: string
  /** `types`: new code is checked against the types of what a function has; `off`: it is taken unchecked. Code that runs already, or is restored, is not checked again. */
  readonly check: 'types' | 'off'
  /** Resource limits of the function. */
  readonly limits: {
    /** Maximum CPU time of one request, in ms. A request that exceeds it is stopped, up to 10 ms later. On a busy machine the wall-clock time-out comes up to a second later. */
    readonly cpuMs: number
    /** Heap of its isolate in each worker, in MB. A change reloads the code. */
    readonly heapMb: number
    /** Largest body of a response of its own, in bytes. A change reloads the code. */
    readonly bodyBytes: number
  }
  /** Failures that take the function out of service: exceeded heaps, crashes, failed loads, and requests stopped at `cpuMs`, of which one counts per client address. */
  readonly strikes: {
    /** Strikes within the window that take it out of service, per worker. */
    readonly failures: number
    /** The window, in seconds. */
    readonly windowSeconds: number
    /** Time out of service, in seconds. Afterwards it serves again with no strikes, reloaded unless it still has connections. */
    readonly downSeconds: number
  }
  /** What becomes of a request on which the function does not decide, because it failed or is out of service: `true` lets it pass to the pool, `false` answers it with 503. */
  readonly failOpen: boolean
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type EdgeFunctionInput = {
  /** Name of the edge function. */
  readonly name: string
  /** JavaScript or TypeScript: `export default edgeFunction({ onRequest (request) { … } })` of `@weirlb/sdk`, or `addEventListener('fetch', event => { event.respondWith(…) })`. */
  readonly source: string
  /** `types`: new code is checked against the types of what a function has; `off`: it is taken unchecked. Code that runs already, or is restored, is not checked again. */
  readonly check?: 'types' | 'off' | undefined
  /** Resource limits of the function. */
  readonly limits?: {
    /** Maximum CPU time of one request, in ms. A request that exceeds it is stopped, up to 10 ms later. On a busy machine the wall-clock time-out comes up to a second later. */
    readonly cpuMs?: number | undefined
    /** Heap of its isolate in each worker, in MB. A change reloads the code. */
    readonly heapMb?: number | undefined
    /** Largest body of a response of its own, in bytes. A change reloads the code. */
    readonly bodyBytes?: number | undefined
  } | undefined
  /** Failures that take the function out of service: exceeded heaps, crashes, failed loads, and requests stopped at `cpuMs`, of which one counts per client address. */
  readonly strikes?: {
    /** Strikes within the window that take it out of service, per worker. */
    readonly failures?: number | undefined
    /** The window, in seconds. */
    readonly windowSeconds?: number | undefined
    /** Time out of service, in seconds. Afterwards it serves again with no strikes, reloaded unless it still has connections. */
    readonly downSeconds?: number | undefined
  } | undefined
  /** What becomes of a request on which the function does not decide, because it failed or is out of service: `true` lets it pass to the pool, `false` answers it with 503. */
  readonly failOpen?: boolean | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type EdgeFunctionReplacement = {
  /** Name of the edge function. */
  readonly name?: string | undefined
  /** JavaScript or TypeScript: `export default edgeFunction({ onRequest (request) { … } })` of `@weirlb/sdk`, or `addEventListener('fetch', event => { event.respondWith(…) })`. */
  readonly source: string
  /** `types`: new code is checked against the types of what a function has; `off`: it is taken unchecked. Code that runs already, or is restored, is not checked again. */
  readonly check?: 'types' | 'off' | undefined
  /** Resource limits of the function. */
  readonly limits?: {
    /** Maximum CPU time of one request, in ms. A request that exceeds it is stopped, up to 10 ms later. On a busy machine the wall-clock time-out comes up to a second later. */
    readonly cpuMs?: number | undefined
    /** Heap of its isolate in each worker, in MB. A change reloads the code. */
    readonly heapMb?: number | undefined
    /** Largest body of a response of its own, in bytes. A change reloads the code. */
    readonly bodyBytes?: number | undefined
  } | undefined
  /** Failures that take the function out of service: exceeded heaps, crashes, failed loads, and requests stopped at `cpuMs`, of which one counts per client address. */
  readonly strikes?: {
    /** Strikes within the window that take it out of service, per worker. */
    readonly failures?: number | undefined
    /** The window, in seconds. */
    readonly windowSeconds?: number | undefined
    /** Time out of service, in seconds. Afterwards it serves again with no strikes, reloaded unless it still has connections. */
    readonly downSeconds?: number | undefined
  } | undefined
  /** What becomes of a request on which the function does not decide, because it failed or is out of service: `true` lets it pass to the pool, `false` answers it with 503. */
  readonly failOpen?: boolean | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

/** JSON Merge Patch (RFC 7396) of a edge function: what is left out stays, null resets a field to its default, objects merge, lists are replaced. */
export type EdgeFunctionPatch = {
  /** Name of the edge function. */
  readonly name?: string | undefined
  readonly source?: string | null | undefined
  readonly check?: 'types' | 'off' | null | undefined
  readonly limits?: {
    /** Maximum CPU time of one request, in ms. A request that exceeds it is stopped, up to 10 ms later. On a busy machine the wall-clock time-out comes up to a second later. */
    readonly cpuMs?: number | undefined
    /** Heap of its isolate in each worker, in MB. A change reloads the code. */
    readonly heapMb?: number | undefined
    /** Largest body of a response of its own, in bytes. A change reloads the code. */
    readonly bodyBytes?: number | undefined
  } | null | undefined
  readonly strikes?: {
    /** Strikes within the window that take it out of service, per worker. */
    readonly failures?: number | undefined
    /** The window, in seconds. */
    readonly windowSeconds?: number | undefined
    /** Time out of service, in seconds. Afterwards it serves again with no strikes, reloaded unless it still has connections. */
    readonly downSeconds?: number | undefined
  } | null | undefined
  readonly failOpen?: boolean | null | undefined
  readonly comment?: string | null | undefined
  readonly status?: EntityStatus | undefined
}

export type EdgeFunctionList = {
  readonly items: readonly (EdgeFunction)[]
}

export type Trigger = {
  /** Name of the trigger. */
  readonly name: string
  /** Host and path: `www.example.com/mqtt*`. The host is a name, `*.NAME` for every name below it, `*NAME` for it and those, or `*`. The path is the whole path, or ends with `*`; without one it is `/`. `https://` or `http://` before it restricts the scheme. Of several triggers that match a request, the most specific counts: by its host, then by its path. Paths are compared in their normal form, without the query. */
  readonly pattern: string
  /** Edge function that decides. Default: none; the requests pass, although a less specific trigger matches them. */
  readonly function?: string | undefined
  /** User vservers to which it applies. Empty: all that take HTTP requests or WebSockets. */
  readonly vservers: readonly (string)[]
  /** A disabled trigger matches nothing. */
  readonly state: 'enabled' | 'disabled'
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type TriggerInput = {
  /** Name of the trigger. */
  readonly name: string
  /** Host and path: `www.example.com/mqtt*`. The host is a name, `*.NAME` for every name below it, `*NAME` for it and those, or `*`. The path is the whole path, or ends with `*`; without one it is `/`. `https://` or `http://` before it restricts the scheme. Of several triggers that match a request, the most specific counts: by its host, then by its path. Paths are compared in their normal form, without the query. */
  readonly pattern: string
  /** Edge function that decides. Default: none; the requests pass, although a less specific trigger matches them. */
  readonly function?: string | undefined
  /** User vservers to which it applies. Empty: all that take HTTP requests or WebSockets. */
  readonly vservers?: readonly (string)[] | undefined
  /** A disabled trigger matches nothing. */
  readonly state?: 'enabled' | 'disabled' | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type TriggerReplacement = {
  /** Name of the trigger. */
  readonly name?: string | undefined
  /** Host and path: `www.example.com/mqtt*`. The host is a name, `*.NAME` for every name below it, `*NAME` for it and those, or `*`. The path is the whole path, or ends with `*`; without one it is `/`. `https://` or `http://` before it restricts the scheme. Of several triggers that match a request, the most specific counts: by its host, then by its path. Paths are compared in their normal form, without the query. */
  readonly pattern: string
  /** Edge function that decides. Default: none; the requests pass, although a less specific trigger matches them. */
  readonly function?: string | undefined
  /** User vservers to which it applies. Empty: all that take HTTP requests or WebSockets. */
  readonly vservers?: readonly (string)[] | undefined
  /** A disabled trigger matches nothing. */
  readonly state?: 'enabled' | 'disabled' | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

/** JSON Merge Patch (RFC 7396) of a trigger: what is left out stays, null resets a field to its default, objects merge, lists are replaced. */
export type TriggerPatch = {
  /** Name of the trigger. */
  readonly name?: string | undefined
  readonly pattern?: string | null | undefined
  readonly function?: string | null | undefined
  readonly vservers?: readonly (string)[] | null | undefined
  readonly state?: 'enabled' | 'disabled' | null | undefined
  readonly comment?: string | null | undefined
  readonly status?: EntityStatus | undefined
}

export type TriggerList = {
  readonly items: readonly (Trigger)[]
}

export type RateLimit = {
  /** Name of the rate limit. */
  readonly name: string
  /** What is counted. `bytes` and `cost` are those of messages. */
  readonly counts: 'connections' | 'requests' | 'upgrades' | 'first-messages' | 'messages' | 'bytes' | 'cost'
  /** Which of them: a condition in the rule language. Default: all. */
  readonly expression?: string | undefined
  /** Counts a server's reply, or the response to an HTTP request, when this condition is true of it, in place of what the client sends: `mqtt.type eq "CONNACK" and mqtt.connack.return_code ne 0`, `http.response.code eq 401`. What the client sends is then only held to the count. */
  readonly counting?: string | undefined
  /** Values that have a counter of their own together, in the rule language: `ip.src`, `cidr(ip.src, 24, 56)`, `mqtt.connect.client_id`, `http.request.headers["x-key"][0]`. `ip.src` of IPv6 is its network of 64 bits. A missing value is a value. Empty: one counter for all. */
  readonly by: readonly (string)[]
  /** How many pass within the period. */
  readonly limit: number
  /** Length of the sliding period. */
  readonly periodSeconds: number
  /** `log` reports; `block` refuses what is over the limit; `throttle` reads the client so slowly that it stays within it; `ban` refuses it and accepts no connection of its address for `timeoutSeconds`. */
  readonly action: 'log' | 'block' | 'throttle' | 'ban'
  /** How long the action goes on once the limit is reached, whatever the client does meanwhile. 0: only what is over the limit is affected. */
  readonly timeoutSeconds: number
  /** Response to a blocked HTTP request, with Retry-After. Default: 429. */
  readonly response?: {
    /** Status of the response. */
    readonly status: number
    /** Type of the body. */
    readonly contentType: 'text/plain' | 'text/html' | 'application/json' | 'text/xml'
    /** Body of the response. */
    readonly body: string
  } | undefined
  /** The control against floods that it is part of: it is counted there, and `floods.off` of a user vserver switches it off. */
  readonly floodControl?: 'D014' | 'D016' | 'D017' | 'D018' | 'D019' | 'D020' | undefined
  /** Counters that a worker keeps; beyond them the one that was not used for longest is forgotten. */
  readonly maxKeys: number
  /** User vservers to which it applies. Empty: all that have its fields. */
  readonly vservers: readonly (string)[]
  /** `simulated` counts and reports without effect. `draft` is kept, and neither checked nor used. `disabled` is checked and not used. */
  readonly state: 'enabled' | 'simulated' | 'draft' | 'disabled'
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type RateLimitInput = {
  /** Name of the rate limit. */
  readonly name: string
  /** What is counted. `bytes` and `cost` are those of messages. */
  readonly counts: 'connections' | 'requests' | 'upgrades' | 'first-messages' | 'messages' | 'bytes' | 'cost'
  /** Which of them: a condition in the rule language. Default: all. */
  readonly expression?: string | undefined
  /** Counts a server's reply, or the response to an HTTP request, when this condition is true of it, in place of what the client sends: `mqtt.type eq "CONNACK" and mqtt.connack.return_code ne 0`, `http.response.code eq 401`. What the client sends is then only held to the count. */
  readonly counting?: string | undefined
  /** Values that have a counter of their own together, in the rule language: `ip.src`, `cidr(ip.src, 24, 56)`, `mqtt.connect.client_id`, `http.request.headers["x-key"][0]`. `ip.src` of IPv6 is its network of 64 bits. A missing value is a value. Empty: one counter for all. */
  readonly by?: readonly (string)[] | undefined
  /** How many pass within the period. */
  readonly limit: number
  /** Length of the sliding period. */
  readonly periodSeconds?: number | undefined
  /** `log` reports; `block` refuses what is over the limit; `throttle` reads the client so slowly that it stays within it; `ban` refuses it and accepts no connection of its address for `timeoutSeconds`. */
  readonly action: 'log' | 'block' | 'throttle' | 'ban'
  /** How long the action goes on once the limit is reached, whatever the client does meanwhile. 0: only what is over the limit is affected. */
  readonly timeoutSeconds?: number | undefined
  /** Response to a blocked HTTP request, with Retry-After. Default: 429. */
  readonly response?: {
    /** Status of the response. */
    readonly status?: number | undefined
    /** Type of the body. */
    readonly contentType?: 'text/plain' | 'text/html' | 'application/json' | 'text/xml' | undefined
    /** Body of the response. */
    readonly body?: string | undefined
  } | undefined
  /** The control against floods that it is part of: it is counted there, and `floods.off` of a user vserver switches it off. */
  readonly floodControl?: 'D014' | 'D016' | 'D017' | 'D018' | 'D019' | 'D020' | undefined
  /** Counters that a worker keeps; beyond them the one that was not used for longest is forgotten. */
  readonly maxKeys?: number | undefined
  /** User vservers to which it applies. Empty: all that have its fields. */
  readonly vservers?: readonly (string)[] | undefined
  /** `simulated` counts and reports without effect. `draft` is kept, and neither checked nor used. `disabled` is checked and not used. */
  readonly state?: 'enabled' | 'simulated' | 'draft' | 'disabled' | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type RateLimitReplacement = {
  /** Name of the rate limit. */
  readonly name?: string | undefined
  /** What is counted. `bytes` and `cost` are those of messages. */
  readonly counts: 'connections' | 'requests' | 'upgrades' | 'first-messages' | 'messages' | 'bytes' | 'cost'
  /** Which of them: a condition in the rule language. Default: all. */
  readonly expression?: string | undefined
  /** Counts a server's reply, or the response to an HTTP request, when this condition is true of it, in place of what the client sends: `mqtt.type eq "CONNACK" and mqtt.connack.return_code ne 0`, `http.response.code eq 401`. What the client sends is then only held to the count. */
  readonly counting?: string | undefined
  /** Values that have a counter of their own together, in the rule language: `ip.src`, `cidr(ip.src, 24, 56)`, `mqtt.connect.client_id`, `http.request.headers["x-key"][0]`. `ip.src` of IPv6 is its network of 64 bits. A missing value is a value. Empty: one counter for all. */
  readonly by?: readonly (string)[] | undefined
  /** How many pass within the period. */
  readonly limit: number
  /** Length of the sliding period. */
  readonly periodSeconds?: number | undefined
  /** `log` reports; `block` refuses what is over the limit; `throttle` reads the client so slowly that it stays within it; `ban` refuses it and accepts no connection of its address for `timeoutSeconds`. */
  readonly action: 'log' | 'block' | 'throttle' | 'ban'
  /** How long the action goes on once the limit is reached, whatever the client does meanwhile. 0: only what is over the limit is affected. */
  readonly timeoutSeconds?: number | undefined
  /** Response to a blocked HTTP request, with Retry-After. Default: 429. */
  readonly response?: {
    /** Status of the response. */
    readonly status?: number | undefined
    /** Type of the body. */
    readonly contentType?: 'text/plain' | 'text/html' | 'application/json' | 'text/xml' | undefined
    /** Body of the response. */
    readonly body?: string | undefined
  } | undefined
  /** The control against floods that it is part of: it is counted there, and `floods.off` of a user vserver switches it off. */
  readonly floodControl?: 'D014' | 'D016' | 'D017' | 'D018' | 'D019' | 'D020' | undefined
  /** Counters that a worker keeps; beyond them the one that was not used for longest is forgotten. */
  readonly maxKeys?: number | undefined
  /** User vservers to which it applies. Empty: all that have its fields. */
  readonly vservers?: readonly (string)[] | undefined
  /** `simulated` counts and reports without effect. `draft` is kept, and neither checked nor used. `disabled` is checked and not used. */
  readonly state?: 'enabled' | 'simulated' | 'draft' | 'disabled' | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

/** JSON Merge Patch (RFC 7396) of a rate limit: what is left out stays, null resets a field to its default, objects merge, lists are replaced. */
export type RateLimitPatch = {
  /** Name of the rate limit. */
  readonly name?: string | undefined
  readonly counts?: 'connections' | 'requests' | 'upgrades' | 'first-messages' | 'messages' | 'bytes' | 'cost' | null | undefined
  readonly expression?: string | null | undefined
  readonly counting?: string | null | undefined
  readonly by?: readonly (string)[] | null | undefined
  readonly limit?: number | null | undefined
  readonly periodSeconds?: number | null | undefined
  readonly action?: 'log' | 'block' | 'throttle' | 'ban' | null | undefined
  readonly timeoutSeconds?: number | null | undefined
  readonly response?: {
    /** Status of the response. */
    readonly status?: number | undefined
    /** Type of the body. */
    readonly contentType?: 'text/plain' | 'text/html' | 'application/json' | 'text/xml' | undefined
    /** Body of the response. */
    readonly body?: string | undefined
  } | null | undefined
  readonly floodControl?: 'D014' | 'D016' | 'D017' | 'D018' | 'D019' | 'D020' | null | undefined
  readonly maxKeys?: number | null | undefined
  readonly vservers?: readonly (string)[] | null | undefined
  readonly state?: 'enabled' | 'simulated' | 'draft' | 'disabled' | null | undefined
  readonly comment?: string | null | undefined
  readonly status?: EntityStatus | undefined
}

export type RateLimitList = {
  readonly items: readonly (RateLimit)[]
}

export type ManagedCheck = {
  /** Name of the managed check. */
  readonly name: string
  /** Group of checks; `GET /v1/managed-groups` has their checks. */
  readonly group: 'mqtt-core' | 'ws-upgrade' | 'tls' | 'owasp-crs'
  /** User vservers to which it applies. Empty: all that no other managed check of the group names, where their fields exist. */
  readonly vservers: readonly (string)[]
  /** Of the checks that `rules` does not name. `default` and `on`: each as it is shipped, which is `block` or `simulate`. `off`: not looked at. `simulate`: counted and reported, without effect. */
  readonly mode: 'default' | 'on' | 'off' | 'simulate' | 'block' | 'challenge'
  /** Modes of single checks, by their identifier. `default`: that of the group. `on`: as it is shipped, whatever the mode of the group. */
  readonly rules: Readonly<Record<string, 'default' | 'on' | 'off' | 'simulate' | 'block' | 'challenge'>>
  /** Group `ws-upgrade`: values of Origin that W005 lets pass. Empty: all. */
  readonly origins: readonly (string)[]
  /** Group `owasp-crs`: paranoia level 1, 2, 3 or 4 of the Core Rule Set. Higher ones find more, also where there is nothing. */
  readonly sensitivity: 'low' | 'medium' | 'high' | 'highest'
  /** Group `owasp-crs`: anomaly score from which a request is refused: 5, which one critical rule gives; 10; or 20. */
  readonly threshold: 'strict' | 'moderate' | 'lenient'
  /** Group `owasp-crs`: a request that cannot be inspected, or not in time, passes, or is refused with 503. */
  readonly onFailure: 'open' | 'closed'
  /** Group `owasp-crs`: time for the inspection of a request, in milliseconds. */
  readonly timeoutMs: number
  /** Group `owasp-crs`: how much of a body is inspected. The rest passes. Four times as many bytes can take sixteen times as long. */
  readonly bodyBytes: number
  /** `disabled` is checked and not used. */
  readonly state: 'enabled' | 'disabled'
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type ManagedCheckInput = {
  /** Name of the managed check. */
  readonly name: string
  /** Group of checks; `GET /v1/managed-groups` has their checks. */
  readonly group: 'mqtt-core' | 'ws-upgrade' | 'tls' | 'owasp-crs'
  /** User vservers to which it applies. Empty: all that no other managed check of the group names, where their fields exist. */
  readonly vservers?: readonly (string)[] | undefined
  /** Of the checks that `rules` does not name. `default` and `on`: each as it is shipped, which is `block` or `simulate`. `off`: not looked at. `simulate`: counted and reported, without effect. */
  readonly mode?: 'default' | 'on' | 'off' | 'simulate' | 'block' | 'challenge' | undefined
  /** Modes of single checks, by their identifier. `default`: that of the group. `on`: as it is shipped, whatever the mode of the group. */
  readonly rules?: Readonly<Record<string, 'default' | 'on' | 'off' | 'simulate' | 'block' | 'challenge'>> | undefined
  /** Group `ws-upgrade`: values of Origin that W005 lets pass. Empty: all. */
  readonly origins?: readonly (string)[] | undefined
  /** Group `owasp-crs`: paranoia level 1, 2, 3 or 4 of the Core Rule Set. Higher ones find more, also where there is nothing. */
  readonly sensitivity?: 'low' | 'medium' | 'high' | 'highest' | undefined
  /** Group `owasp-crs`: anomaly score from which a request is refused: 5, which one critical rule gives; 10; or 20. */
  readonly threshold?: 'strict' | 'moderate' | 'lenient' | undefined
  /** Group `owasp-crs`: a request that cannot be inspected, or not in time, passes, or is refused with 503. */
  readonly onFailure?: 'open' | 'closed' | undefined
  /** Group `owasp-crs`: time for the inspection of a request, in milliseconds. */
  readonly timeoutMs?: number | undefined
  /** Group `owasp-crs`: how much of a body is inspected. The rest passes. Four times as many bytes can take sixteen times as long. */
  readonly bodyBytes?: number | undefined
  /** `disabled` is checked and not used. */
  readonly state?: 'enabled' | 'disabled' | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

export type ManagedCheckReplacement = {
  /** Name of the managed check. */
  readonly name?: string | undefined
  /** Group of checks; `GET /v1/managed-groups` has their checks. */
  readonly group: 'mqtt-core' | 'ws-upgrade' | 'tls' | 'owasp-crs'
  /** User vservers to which it applies. Empty: all that no other managed check of the group names, where their fields exist. */
  readonly vservers?: readonly (string)[] | undefined
  /** Of the checks that `rules` does not name. `default` and `on`: each as it is shipped, which is `block` or `simulate`. `off`: not looked at. `simulate`: counted and reported, without effect. */
  readonly mode?: 'default' | 'on' | 'off' | 'simulate' | 'block' | 'challenge' | undefined
  /** Modes of single checks, by their identifier. `default`: that of the group. `on`: as it is shipped, whatever the mode of the group. */
  readonly rules?: Readonly<Record<string, 'default' | 'on' | 'off' | 'simulate' | 'block' | 'challenge'>> | undefined
  /** Group `ws-upgrade`: values of Origin that W005 lets pass. Empty: all. */
  readonly origins?: readonly (string)[] | undefined
  /** Group `owasp-crs`: paranoia level 1, 2, 3 or 4 of the Core Rule Set. Higher ones find more, also where there is nothing. */
  readonly sensitivity?: 'low' | 'medium' | 'high' | 'highest' | undefined
  /** Group `owasp-crs`: anomaly score from which a request is refused: 5, which one critical rule gives; 10; or 20. */
  readonly threshold?: 'strict' | 'moderate' | 'lenient' | undefined
  /** Group `owasp-crs`: a request that cannot be inspected, or not in time, passes, or is refused with 503. */
  readonly onFailure?: 'open' | 'closed' | undefined
  /** Group `owasp-crs`: time for the inspection of a request, in milliseconds. */
  readonly timeoutMs?: number | undefined
  /** Group `owasp-crs`: how much of a body is inspected. The rest passes. Four times as many bytes can take sixteen times as long. */
  readonly bodyBytes?: number | undefined
  /** `disabled` is checked and not used. */
  readonly state?: 'enabled' | 'disabled' | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  readonly status?: EntityStatus | undefined
}

/** JSON Merge Patch (RFC 7396) of a managed check: what is left out stays, null resets a field to its default, objects merge, lists are replaced. */
export type ManagedCheckPatch = {
  /** Name of the managed check. */
  readonly name?: string | undefined
  readonly group?: 'mqtt-core' | 'ws-upgrade' | 'tls' | 'owasp-crs' | null | undefined
  readonly vservers?: readonly (string)[] | null | undefined
  readonly mode?: 'default' | 'on' | 'off' | 'simulate' | 'block' | 'challenge' | null | undefined
  readonly rules?: Readonly<Record<string, 'default' | 'on' | 'off' | 'simulate' | 'block' | 'challenge'>> | null | undefined
  readonly origins?: readonly (string)[] | null | undefined
  readonly sensitivity?: 'low' | 'medium' | 'high' | 'highest' | null | undefined
  readonly threshold?: 'strict' | 'moderate' | 'lenient' | null | undefined
  readonly onFailure?: 'open' | 'closed' | null | undefined
  readonly timeoutMs?: number | null | undefined
  readonly bodyBytes?: number | null | undefined
  readonly state?: 'enabled' | 'disabled' | null | undefined
  readonly comment?: string | null | undefined
  readonly status?: EntityStatus | undefined
}

export type ManagedCheckList = {
  readonly items: readonly (ManagedCheck)[]
}

/** How a service is drained. */
export type DrainInput = {
  /** Clients told per second, over all workers and nodes, evenly spread. Default: none are told, and they leave by themselves. */
  readonly ratePerSecond?: number | undefined
  /** Time until all remaining clients are told at once, and requests under way are cut. Default: no deadline. */
  readonly deadlineSeconds?: number | undefined
  /** Clients that are told first: `idle-first` those that have been silent longest, in both directions; `oldest-first` those that connected first; `random` any. Each worker orders its own clients. */
  readonly order?: 'idle-first' | 'oldest-first' | 'random' | undefined
}

/** When and how a service is disabled. */
export type DisableInput = {
  /** Time until it is disabled. Until then its state is `sessions-only`: only clients with a persistence entry reach it. */
  readonly delaySeconds?: number | undefined
  /** Disable it as soon as its clients are gone: earlier than after `delaySeconds`, or at any time without a delay. */
  readonly graceful?: boolean | undefined
  /** Clients told per second after `delaySeconds`, over all workers and nodes, evenly spread; the service is disabled when they were told. Without a delay they are told from now on. Default: the least `onDownRatePerSecond` of its LB vservers; if none has one, all remaining clients are closed at once. */
  readonly ratePerSecond?: number | undefined
  /** Clients that are told first: `idle-first` those that have been silent longest, in both directions; `oldest-first` those that connected first; `random` any. Each worker orders its own clients. */
  readonly order?: 'idle-first' | 'oldest-first' | 'random' | undefined
}

/** How an LB vserver is rebalanced. */
export type RebalanceInput = {
  /** Clients told per second, over all workers and nodes, evenly spread. */
  readonly ratePerSecond: number
  /** Clients that are told first: `idle-first` those that have been silent longest, in both directions; `oldest-first` those that connected first; `random` any. Each worker orders its own clients. */
  readonly order?: 'idle-first' | 'oldest-first' | 'random' | undefined
}

/** Items that come into a list, and items that go. */
export type ListChangeInput = {
  /** Items to add. One that is there stays there, and ends when this says. */
  readonly add?: readonly (string)[] | undefined
  /** Items to remove. One that is not there is no fault. */
  readonly remove?: readonly (string)[] | undefined
  /** When the added items end. Default: never. */
  readonly expiresAt?: string | undefined
  /** The same as a time from now. */
  readonly expiresInSeconds?: number | undefined
}

export type SessionInput = {
  /** LB vserver; `glb/` and the name of a GLB for its affinity. */
  readonly lbVserver: string
  /** Default: the first type of persistence there. */
  readonly type?: 'user-session' | 'source-ip' | 'ssl-session' | 'cookie' | 'rule' | undefined
  /** In the notation of the list. `source-ip`: an address, or its network. `ssl-session`, `cookie`, and `rule` with a header: `hex:…`; of a header, its SHA-256. */
  readonly key: string
  /** Service that is bound to the LB vserver, or pool of the GLB. */
  readonly service: string
  /** Not read. What was exported can be imported. */
  readonly connections?: unknown | undefined
  /** Not read. The entry lives for `timeoutSeconds`. */
  readonly expiresInSeconds?: unknown | undefined
}

export type ExplainInput = {
  /** Bytes of the client, in hex; white space between digits is ignored. At most 1048576 bytes. */
  readonly bytes: string
  /** The sender of the bytes; a server's bytes are taken as a reply to a forwarded client. `request`: an HTTP request, whose bytes do not count, with the path and Host header of `client.http`. */
  readonly side?: 'client' | 'server' | 'request' | undefined
  /** The client as the extension sees it. */
  readonly client?: {
    readonly address?: string | undefined
    readonly port?: number | undefined
    /** Name requested in the TLS handshake (SNI). */
    readonly serverName?: string | undefined
    /** Application protocol that was agreed on in the TLS handshake. */
    readonly alpn?: string | undefined
    /** Names in the client's verified certificate. */
    readonly certificate?: {
      readonly commonNames?: readonly (string)[] | undefined
      readonly dns?: readonly (string)[] | undefined
      readonly uris?: readonly (string)[] | undefined
      readonly emails?: readonly (string)[] | undefined
      readonly addresses?: readonly (string)[] | undefined
      /** Default: the common names. */
      readonly subject?: readonly ({
        readonly type: string
        readonly value: string
      })[] | undefined
      readonly issuer?: readonly ({
        readonly type: string
        readonly value: string
      })[] | undefined
      readonly fingerprint?: string | undefined
      readonly serial?: string | undefined
      readonly notBefore?: string | undefined
      readonly notAfter?: string | undefined
    } | undefined
    /** Identity of the client's pre-shared key. */
    readonly psk?: string | undefined
    /** Version of TLS with Weir. */
    readonly tlsVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined
    /** Identity of the TLS session, in the notation of the list of sessions. */
    readonly tlsSession?: string | undefined
    /** Facts from a balancer in front (PROXY protocol). */
    readonly proxied?: {
      readonly by?: {
        readonly address: string
        readonly port: number
      } | undefined
      readonly version?: 1 | 2 | undefined
      readonly alpn?: string | undefined
      readonly authority?: string | undefined
      readonly uniqueId?: string | undefined
      readonly tls?: {
        readonly certificate?: boolean | undefined
        readonly verified?: boolean | undefined
        readonly version?: string | undefined
        readonly commonName?: string | undefined
        readonly cipher?: string | undefined
        readonly signatureAlgorithm?: string | undefined
        readonly keyAlgorithm?: string | undefined
      } | undefined
    } | undefined
    /** The request that opened the client's WebSocket, or that is explained. */
    readonly http?: {
      /** Path and query; default `/`. */
      readonly path?: string | undefined
      readonly headers?: Readonly<Record<string, string>> | undefined
      /** Sub-protocol that was agreed on. */
      readonly subprotocol?: string | undefined
    } | undefined
  } | undefined
}

/** An expression to validate. */
export type ExpressionInput = {
  /** Expression in the rule language. One of more than 4,096 characters is invalid. */
  readonly expression: string
}

/** A client, a request or a message to try rules on. */
export type RuleTestInput = {
  /** User vserver whose rules are tried. */
  readonly userVserver: string
  /** Values by field: texts, numbers, true or false, lists of texts, and headers by name. Addresses are texts. Other fields are missing. */
  readonly fields?: Readonly<Record<string, string | number | boolean | readonly (string)[] | Readonly<Record<string, string | readonly (string)[]>>>> | undefined
  /** The phase whose rules are tried. Default: all but `reply`, one after the other. */
  readonly phase?: 'connect' | 'tls-hello' | 'hello' | 'request' | 'first-message' | 'message' | 'reply' | undefined
}

/** A request to try an edge function on. */
export type FunctionTestInput = {
  /** HTTP method. */
  readonly method?: string | undefined
  /** Absolute URL: `https://www.example.com/mqtt?x=1`. */
  readonly url: string
  /** Headers by name. Default: Host, as in the URL. */
  readonly headers?: Readonly<Record<string, string | readonly (string)[]>> | undefined
  /** The request asks for a WebSocket. */
  readonly upgrade?: boolean | undefined
  /** Address of the client. */
  readonly address?: string | undefined
  /** Name of the user vserver, as the function sees it. */
  readonly userVserver?: string | undefined
}

/** URLs to find the triggers of. */
export type TriggerMatchInput = {
  /** Absolute URLs: `https://www.example.com/mqtt?x=1`. The path is taken as a client might send it. */
  readonly urls?: readonly (string)[] | undefined
}

/** An address to ban. */
export type BanInput = {
  /** IPv4 or IPv6 address, or an IPv6 network of 64 bits. Of an IPv6 address its network is banned. */
  readonly address: string
  /** For how long, from now on. */
  readonly seconds: number
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
}

export type TraceInput = {
  /** `calls`: each call of the author's handlers with its exception; `verdicts`: also its result, with the line of the author's code. */
  readonly level: 'off' | 'calls' | 'verdicts'
  /** Calls to trace. */
  readonly filter?: {
    /** Only clients from this address, `127.0.0.1`, or this address and port, `127.0.0.1:50123` or `[::1]:50123`. */
    readonly client?: string | undefined
    /** Only connections with this session key, in the notation of the API, including the message that sets it. */
    readonly session?: string | undefined
  } | undefined
  /** Duration of the trace, in seconds. */
  readonly seconds?: number | undefined
}

/** Changes that become one revision, all or none. */
export type TransactionInput = {
  /** Applied in this order; each sees the results of the earlier ones. */
  readonly changes: readonly ({
    readonly action: 'create'
    /** As in the configuration document: `lbVservers`. */
    readonly collection: 'extensions' | 'userProtocols' | 'certkeys' | 'monitors' | 'services' | 'serviceGroups' | 'lbVservers' | 'glbs' | 'userVservers' | 'geoDatabases' | 'lists' | 'accessRules' | 'lockdowns' | 'userAgentRules' | 'rules' | 'edgeFunctions' | 'triggers' | 'rateLimits' | 'managedChecks'
    /** The entity. */
    readonly value: Readonly<Record<string, unknown>>
  } | {
    readonly action: 'replace'
    /** As in the configuration document: `lbVservers`. */
    readonly collection: 'extensions' | 'userProtocols' | 'certkeys' | 'monitors' | 'services' | 'serviceGroups' | 'lbVservers' | 'glbs' | 'userVservers' | 'geoDatabases' | 'lists' | 'accessRules' | 'lockdowns' | 'userAgentRules' | 'rules' | 'edgeFunctions' | 'triggers' | 'rateLimits' | 'managedChecks'
    /** Name of the entity. */
    readonly name: string
    /** The entity. */
    readonly value: Readonly<Record<string, unknown>>
    /** ETag of the entity before this transaction, or after its earlier changes. */
    readonly ifMatch?: string | undefined
  } | {
    readonly action: 'patch'
    /** As in the configuration document: `lbVservers`. */
    readonly collection: 'extensions' | 'userProtocols' | 'certkeys' | 'monitors' | 'services' | 'serviceGroups' | 'lbVservers' | 'glbs' | 'userVservers' | 'geoDatabases' | 'lists' | 'accessRules' | 'lockdowns' | 'userAgentRules' | 'rules' | 'edgeFunctions' | 'triggers' | 'rateLimits' | 'managedChecks'
    /** Name of the entity. */
    readonly name: string
    /** JSON Merge Patch (RFC 7396). */
    readonly value: Readonly<Record<string, unknown>>
    /** ETag of the entity before this transaction, or after its earlier changes. */
    readonly ifMatch?: string | undefined
  } | {
    readonly action: 'delete'
    /** As in the configuration document: `lbVservers`. */
    readonly collection: 'extensions' | 'userProtocols' | 'certkeys' | 'monitors' | 'services' | 'serviceGroups' | 'lbVservers' | 'glbs' | 'userVservers' | 'geoDatabases' | 'lists' | 'accessRules' | 'lockdowns' | 'userAgentRules' | 'rules' | 'edgeFunctions' | 'triggers' | 'rateLimits' | 'managedChecks'
    /** Name of the entity. */
    readonly name: string
    /** ETag of the entity before this transaction, or after its earlier changes. */
    readonly ifMatch?: string | undefined
  })[]
}

/** Commands to run. */
export type ExecInput = {
  /** NetScaler's commands, one per line; 10,000 at most. */
  readonly commands: string
  /** Texts of the files that `import ns extension local:FILE` names, by these names. */
  readonly files?: Readonly<Record<string, string>> | undefined
  /** Folder, on the machine of Weir, at which relative paths of certificates and keys begin. */
  readonly folder?: string | undefined
  /** Width of the texts. Default: 100. */
  readonly columns?: number | undefined
}

/** A token to create. */
export type TokenInput = {
  /** Its name, as the audit log shows it. */
  readonly name: string
  /** What it may do: `read` everything and change nothing; `operate` what runs, too; `admin` all. */
  readonly role: 'read' | 'operate' | 'admin'
  /** Beginnings of names. The token may write only entities whose names begin with one of them. Default: every entity. */
  readonly scopes?: readonly (string)[] | undefined
  /** Time until it expires. Default: never. */
  readonly expiresInSeconds?: number | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
}

/** How a token is rotated. */
export type RotateInput = {
  /** Time in which the previous secret stays valid. */
  readonly overlapSeconds?: number | undefined
  /** Time until the new secret expires. Default: never. */
  readonly expiresInSeconds?: number | undefined
}

/** An error (RFC 9457). */
export type Problem = {
  /** Path of the page about the code. */
  readonly type: string
  /** Meaning of the code. */
  readonly title: string
  readonly status: number
  /** The specific fault: the field, the value and the choices. */
  readonly detail: string
  readonly code: 'config-invalid' | 'command-invalid' | 'body-invalid' | 'reference-unknown' | 'session-invalid' | 'name-taken' | 'in-use' | 'query-invalid' | 'not-found' | 'method-not-allowed' | 'precondition-failed' | 'body-too-large' | 'media-type-unsupported' | 'unauthorized' | 'authentication-throttled' | 'role-insufficient' | 'outside-scope' | 'forbidden' | 'address-taken' | 'address-unusable' | 'extension-compile' | 'extension-types' | 'extension-unchecked' | 'extension-checks-waiting' | 'extension-import' | 'extension-no-default' | 'extension-invalid' | 'extension-replies' | 'extension-api' | 'extension-load' | 'function-invalid' | 'canary-running' | 'canary-absent' | 'version-absent' | 'job-running' | 'job-ended' | 'extension-down' | 'extension-failed' | 'probe-absent' | 'builtin-unknown' | 'params-invalid' | 'ban-invalid' | 'limit-invalid' | 'rule-invalid' | 'certificate-invalid' | 'geo-invalid' | 'storage-failed' | 'store-unreachable' | 'store-password' | 'store-tls' | 'store-permission' | 'store-version' | 'store-kind' | 'store-evicts' | 'store-foreign' | 'store-format' | 'store-key' | 'store-damaged' | 'revision-conflict' | 'node-name-taken' | 'worker-unavailable' | 'apply-failed' | 'runtime-unavailable' | 'transport-unavailable' | 'internal'
  /** Origin of the fault. */
  readonly source: 'client' | 'server' | 'extension' | 'config' | 'internal'
  /** True if the same request may succeed later without a change. */
  readonly retry: boolean
  /** The faults of the input. */
  readonly issues: readonly ({
    /** Path of the fault, such as `userVservers[2].port`. */
    readonly path: string
    readonly message: string
    /** For a fault in code: the file of the author. */
    readonly file?: string | undefined
    readonly line?: number | undefined
    readonly column?: number | undefined
  })[]
}

/** Meaning of an error code. */
export type ErrorPage = {
  readonly code: 'config-invalid' | 'command-invalid' | 'body-invalid' | 'reference-unknown' | 'session-invalid' | 'name-taken' | 'in-use' | 'query-invalid' | 'not-found' | 'method-not-allowed' | 'precondition-failed' | 'body-too-large' | 'media-type-unsupported' | 'unauthorized' | 'authentication-throttled' | 'role-insufficient' | 'outside-scope' | 'forbidden' | 'address-taken' | 'address-unusable' | 'extension-compile' | 'extension-types' | 'extension-unchecked' | 'extension-checks-waiting' | 'extension-import' | 'extension-no-default' | 'extension-invalid' | 'extension-replies' | 'extension-api' | 'extension-load' | 'function-invalid' | 'canary-running' | 'canary-absent' | 'version-absent' | 'job-running' | 'job-ended' | 'extension-down' | 'extension-failed' | 'probe-absent' | 'builtin-unknown' | 'params-invalid' | 'ban-invalid' | 'limit-invalid' | 'rule-invalid' | 'certificate-invalid' | 'geo-invalid' | 'storage-failed' | 'store-unreachable' | 'store-password' | 'store-tls' | 'store-permission' | 'store-version' | 'store-kind' | 'store-evicts' | 'store-foreign' | 'store-format' | 'store-key' | 'store-damaged' | 'revision-conflict' | 'node-name-taken' | 'worker-unavailable' | 'apply-failed' | 'runtime-unavailable' | 'transport-unavailable' | 'internal'
  readonly status: number
  /** Origin of the fault. */
  readonly source: string
  readonly doc: string
}

export type ErrorPages = {
  readonly items: readonly (ErrorPage)[]
}

/** Status of the entity. Read-only: writes ignore it, and the ETag does not cover it. */
export type EntityStatus = {
  /** `up`, `down`, `sessions-only`, `draining`, `disabled`, `rebuilding`, `extension-down`, `stale` or `expired`; `unknown` for a service before the first verdict of its monitors, and when no worker could answer. */
  readonly value: string
  /** The reason if it is not up. */
  readonly reason?: string | undefined
  /** Time of the last change of `value` in this process (ISO 8601). Not for certkeys and monitors. */
  readonly since?: string | undefined
  /** Services with `resolve: all`, and service groups: their servers. */
  readonly members?: readonly ({
    /** As in statistics, connections and sessions: `GROUP@127.0.0.1:1883`. */
    readonly name: string
    /** As of a service; `leaving`: the name has the address no longer, and clients stay for a while. */
    readonly value: string
    readonly reason?: string | undefined
    readonly weight: number
    /** Open connections, over all workers. */
    readonly connections: number
  })[] | undefined
  /** Services and service groups: the state of their host names. */
  readonly names?: readonly ({
    readonly name: string
    /** `waiting`: no answer yet. `resolved`: the last answer is in use. `stale`: the last known addresses are. `absent`: the name has no addresses. `failing`: look-ups fail, and no addresses are known. */
    readonly state: 'waiting' | 'resolved' | 'stale' | 'absent' | 'failing'
    /** Why the last look-up, or a part of it, failed. */
    readonly reason?: string | undefined
    /** Addresses in use. */
    readonly addresses: number
    /** Addresses of the answer beyond the maximum of 256. */
    readonly ignored: number
    /** End of the last look-up (ISO 8601). */
    readonly checkedAt?: string | undefined
    /** Time of the next look-up (ISO 8601); omitted while one is under way. */
    readonly nextAt?: string | undefined
  })[] | undefined
  /** User vservers: the listening address. */
  readonly listening?: {
    readonly address: string
    readonly port: number
  } | undefined
  /** Extensions: the declaration of the running version. */
  readonly declaration?: Declaration | undefined
  /** Extensions: every loaded version, newest first. */
  readonly versions?: readonly ({
    readonly version: number
    /** `current` and `canary` get new connections; `retired` serves existing ones. */
    readonly status: 'current' | 'canary' | 'retired'
    /** `builtin NAME`, or the hash of the source. */
    readonly code?: string | undefined
    /** Time of its first upload (ISO 8601). */
    readonly since?: string | undefined
    /** Open connections. */
    readonly connections: number
    readonly accepted: number
    /** Errors that a canary is judged by: connections that ended as `extension-error` or `extension-down` or were tunnelled instead, goodbyes that threw, strikes. */
    readonly errors: number
    /** Workers with this version loaded. */
    readonly up: number
    /** Workers that took it out of service. */
    readonly down: number
  })[] | undefined
  /** Edge functions: the version that runs. */
  readonly version?: number | undefined
  /** Extensions and edge functions: the versions for rollbacks, in order. */
  readonly previous?: readonly (number)[] | undefined
  /** Extensions: the canary, or the end of the last one. */
  readonly canary?: {
    readonly version: number
    readonly status: 'running' | 'reverted' | 'promoted' | 'ended'
    readonly reason?: string | undefined
    /** Time of its end (ISO 8601). */
    readonly at?: string | undefined
  } | undefined
  /** Rules and rate limits: when it is looked at. */
  readonly phase?: 'connect' | 'tls-hello' | 'hello' | 'request' | 'first-message' | 'message' | 'reply' | undefined
  /** Rules, rate limits and managed checks: user vservers where it is looked at. */
  readonly userVservers?: readonly (string)[] | undefined
  /** Managed checks: the checks of the group. */
  readonly checks?: readonly ({
    /** Identifier within the group. */
    readonly id: string
    /** What it finds. */
    readonly text: string
    /** Clause of a specification, CVE or other source. */
    readonly source: string
    /** What it does. */
    readonly mode: 'off' | 'simulate' | 'block' | 'challenge'
    /** What it has found. */
    readonly matched: number
    /** What it has blocked. */
    readonly blocked: number
  })[] | undefined
  /** Managed checks of the group `owasp-crs`: the process of each worker that inspects requests. */
  readonly inspectors?: readonly ({
    readonly worker: number
    /** `starting`: it loads the rules, and requests wait for it. `absent`: it cannot inspect, and is tried again every 30 seconds. `restarting`: it has ended, and inspects again once it is `up`. */
    readonly state: 'starting' | 'up' | 'absent' | 'restarting'
    /** Why it is absent, or has ended. */
    readonly reason?: string | undefined
    /** Since when it is so (ISO 8601). */
    readonly since: string
    /** How often it has ended by itself since its worker started. */
    readonly restarts: number
    /** The last of these ends. */
    readonly lastEnd?: {
      /** When (ISO 8601). */
      readonly at: string
      readonly reason: string
    } | undefined
  })[] | undefined
  /** Geo databases: what they know. */
  readonly knows?: readonly ('countries' | 'autonomous-systems')[] | undefined
  /** Geo databases: when their data were made (ISO 8601). */
  readonly builtAt?: string | undefined
  /** Certkeys: true if there is a private key. */
  readonly hasKey?: boolean | undefined
  /** Certkeys: the leaf of `cert`. */
  readonly certificate?: {
    /** Host names, then IP addresses. */
    readonly names: readonly (string)[]
    readonly subject: string
    /** `RSA 2048`, `EC P-256`, `Ed25519`. */
    readonly keyType: string
    /** Expiry (ISO 8601, UTC). */
    readonly notAfter: string
  } | undefined
  /** Certkeys: the certificates of `ca`. */
  readonly authorities?: readonly ({
    /** Host names, then IP addresses. */
    readonly names: readonly (string)[]
    readonly subject: string
    /** `RSA 2048`, `EC P-256`, `Ed25519`. */
    readonly keyType: string
    /** Expiry (ISO 8601, UTC). */
    readonly notAfter: string
  })[] | undefined
  /** Certkeys with `acme`: the order. */
  readonly acme?: {
    /** `waiting`: no user vserver listens that could answer the authority; `failing`: the last order failed. */
    readonly state: 'waiting' | 'ordering' | 'issued' | 'failing'
    /** Time of the next order, which is the renewal of an issued certificate (ISO 8601, UTC). */
    readonly nextOrder?: string | undefined
    /** Orders that failed since the last certificate. */
    readonly failures: number
    /** Why the last of them failed, or what is waited for. */
    readonly reason?: string | undefined
  } | undefined
}

/** The declarative half of an extension. */
export type Declaration = {
  readonly name: string
  readonly api: 1
  readonly balance: 'per-connection' | 'per-message'
  /** Order of the servers' replies with `per-message` balancing. */
  readonly replies: 'none' | 'as-they-come' | 'in-order' | 'matched'
  /** What may be sent to another service when a server closes before its first byte. */
  readonly resend?: 'first-message' | undefined
  /** Parameters that a user vserver may set. */
  readonly params: Readonly<Record<string, {
    readonly type: 'int'
    readonly default: number
    readonly min?: number | undefined
    readonly max?: number | undefined
  } | {
    readonly type: 'string'
    readonly default: string
    readonly oneOf?: readonly (string)[] | undefined
  } | {
    readonly type: 'boolean'
    readonly default: boolean
  } | {
    readonly type: 'list'
    /** Fields of an entry. */
    readonly of: Readonly<Record<string, {
      readonly type: 'int'
      readonly default: number
      readonly min?: number | undefined
      readonly max?: number | undefined
    } | {
      readonly type: 'string'
      readonly default: string
      readonly oneOf?: readonly (string)[] | undefined
    } | {
      readonly type: 'boolean'
      readonly default: boolean
    }>>
    /** Maximum entries. */
    readonly max: number
    readonly default: readonly (unknown)[]
  }>>
  /** Fields that the extension publishes about a connection or a message. */
  readonly fields: readonly ({
    readonly name: string
    readonly type: string
    /** Its value belongs to one message. */
    readonly message: boolean
    /** Security events do not show its value. */
    readonly hidden?: true | undefined
    /** What security events take it for. */
    readonly role?: 'client-id' | 'topic' | undefined
  })[]
  readonly client: {
    readonly kind: 'messages'
    readonly framing: Framing
    /** First bytes that a connection may begin with; others are refused at once. */
    readonly begins?: readonly ({
      readonly from: number
      readonly to: number
    })[] | undefined
    /** Frames after which their sender sends nothing more. */
    readonly closes?: readonly ({
      readonly from: number
      readonly to: number
      readonly where?: {
        readonly from: number
        readonly to: number
        readonly at: number
      } | undefined
    })[] | undefined
    /** First bytes of messages that answer no request. */
    readonly unasked?: readonly ({
      readonly from: number
      readonly to: number
    })[] | undefined
    /** Frames that enter the sandbox; all others bypass it. */
    readonly only?: {
      readonly at: number
      readonly mask: number
      readonly in: readonly (number)[]
    } | undefined
    /** Bytes of a frame that the handler sees, or their number by its first byte; the rest is streamed. */
    readonly peek?: number | {
      readonly cases: readonly ({
        readonly from: number
        readonly to: number
        readonly bytes: number
        readonly field?: 1 | 2 | undefined
        /** In place of `bytes` while a rule reads one of `wideFor`. */
        readonly wide?: number | undefined
      })[]
      readonly otherwise: number
      readonly wideFor?: readonly (string)[] | undefined
    } | undefined
    /** Messages that are forwarded by their key without entering the sandbox. */
    readonly keys?: {
      readonly commands: readonly ({
        readonly names: readonly (string)[]
        readonly key: {
          readonly element: number
        }
        /** Messages with another number are inspected. */
        readonly elements?: number | undefined
      })[]
      /** Characters around the part of a key that counts. */
      readonly hashTag?: string | undefined
      /** Counter of the extension for these messages. */
      readonly count?: string | undefined
    } | undefined
    /** False if frames never enter the sandbox. */
    readonly handler: boolean
  } | {
    /** The extension frames these bytes itself. */
    readonly kind: 'stream'
    /** First bytes that a connection may begin with; others are refused at once. */
    readonly begins?: readonly ({
      readonly from: number
      readonly to: number
    })[] | undefined
  }
  readonly server?: {
    readonly kind: 'messages'
    readonly framing: Framing
    /** First bytes that a connection may begin with; others are refused at once. */
    readonly begins?: readonly ({
      readonly from: number
      readonly to: number
    })[] | undefined
    /** Frames after which their sender sends nothing more. */
    readonly closes?: readonly ({
      readonly from: number
      readonly to: number
      readonly where?: {
        readonly from: number
        readonly to: number
        readonly at: number
      } | undefined
    })[] | undefined
    /** First bytes of messages that answer no request. */
    readonly unasked?: readonly ({
      readonly from: number
      readonly to: number
    })[] | undefined
    /** Frames that enter the sandbox; all others bypass it. */
    readonly only?: {
      readonly at: number
      readonly mask: number
      readonly in: readonly (number)[]
    } | undefined
    /** Bytes of a frame that the handler sees, or their number by its first byte; the rest is streamed. */
    readonly peek?: number | {
      readonly cases: readonly ({
        readonly from: number
        readonly to: number
        readonly bytes: number
        readonly field?: 1 | 2 | undefined
        /** In place of `bytes` while a rule reads one of `wideFor`. */
        readonly wide?: number | undefined
      })[]
      readonly otherwise: number
      readonly wideFor?: readonly (string)[] | undefined
    } | undefined
    /** Messages that are forwarded by their key without entering the sandbox. */
    readonly keys?: {
      readonly commands: readonly ({
        readonly names: readonly (string)[]
        readonly key: {
          readonly element: number
        }
        /** Messages with another number are inspected. */
        readonly elements?: number | undefined
      })[]
      /** Characters around the part of a key that counts. */
      readonly hashTag?: string | undefined
      /** Counter of the extension for these messages. */
      readonly count?: string | undefined
    } | undefined
    /** False if frames never enter the sandbox. */
    readonly handler: boolean
  } | {
    /** The extension frames these bytes itself. */
    readonly kind: 'stream'
    /** First bytes that a connection may begin with; others are refused at once. */
    readonly begins?: readonly ({
      readonly from: number
      readonly to: number
    })[] | undefined
  } | undefined
  /** TLS with clients may begin inside the protocol. */
  readonly startTls: boolean
  /** How TLS is started with servers. */
  readonly serverTls?: readonly ({
    readonly send: readonly (number)[]
    readonly accepts: string
    readonly line: boolean
    readonly skips?: string | undefined
  })[] | undefined
  readonly hooks: {
    readonly state: boolean
    readonly connect: boolean
    readonly goodbye: boolean
    readonly close: boolean
    readonly params: boolean
    readonly unanswered: boolean
  }
  /** What the protocol is on WebSockets. */
  readonly websocket: {
    /** In order of preference. */
    readonly subprotocols: readonly (string)[]
    readonly messages: 'binary' | 'text' | 'both'
  }
  /** The extension can probe servers: monitors of type `extension` may name it. */
  readonly probe?: {
    /** Framing of the reply. */
    readonly framing: Framing
  } | undefined
}

/** How messages are framed. */
export type Framing = {
  readonly kind: 'varint'
  readonly at: number
  readonly max: number
} | {
  readonly kind: 'length'
  readonly at: number
  readonly size: 1 | 2 | 4
  readonly plus: number
  readonly littleEndian: boolean
  readonly max: number
} | {
  readonly kind: 'fixed'
  readonly size: number
} | {
  readonly kind: 'delimiter'
  readonly bytes: readonly (number)[]
  readonly never: readonly (number)[]
  readonly max: number
  readonly atEnd: 'message' | 'drop'
} | {
  readonly kind: 'counted'
  readonly max: number
} | {
  readonly kind: 'elements'
  readonly lines: readonly (number)[]
  readonly bodies: readonly (number)[]
  readonly groups: readonly ({
    readonly first: number
    readonly times: number
    readonly plus: number
  })[]
  readonly otherwise: 'line' | 'refuse'
  readonly within: number
  readonly max: number
} | {
  readonly kind: 'byFirstByte'
  readonly cases: readonly ({
    readonly from: number
    readonly to: number
    readonly use: Framing
  })[]
  readonly otherwise: Framing
}

export type ExtensionSource = {
  /** TypeScript or JavaScript text of the module. */
  readonly source: string
  /** As `check` of an extension; default `types`. */
  readonly check?: 'types' | 'off' | undefined
}

/** What a configuration would do. */
export type ConfigPlan = {
  readonly ok: true
  /** The running revision, which it was compared with. */
  readonly revision: number
  /** By collection. Empty if nothing would change. */
  readonly changes: readonly ({
    /** `start`: it is new, or enabled. `change`: it goes on with other settings. `drain`: it takes no new clients and keeps those that it has. `stop`: it is removed or disabled. */
    readonly action: 'start' | 'change' | 'drain' | 'stop'
    readonly collection: 'extensions' | 'userProtocols' | 'certkeys' | 'monitors' | 'services' | 'serviceGroups' | 'lbVservers' | 'glbs' | 'userVservers' | 'geoDatabases' | 'lists' | 'accessRules' | 'lockdowns' | 'userAgentRules' | 'rules' | 'edgeFunctions' | 'triggers' | 'rateLimits' | 'managedChecks'
    readonly name: string
    /** Paths of the fields that differ, of an entity that is in both. */
    readonly fields?: readonly (string)[] | undefined
    /** Open connections of a service or user vserver that would drain or stop. */
    readonly connections?: number | undefined
  })[]
}

/** A job. */
export type Job = {
  /** Kind and number: `drain-3`. */
  readonly id: string
  /** `drain` empties a service, `disable` disables one later, `close` closes the clients of one that is down, `rebalance` moves the excess of an LB vserver. */
  readonly kind: 'drain' | 'disable' | 'close' | 'rebalance'
  readonly service?: string | undefined
  readonly lbVserver?: string | undefined
  readonly state: 'running' | 'paused' | 'done' | 'cancelled' | 'failed'
  /** Why it was cancelled or failed, where nobody did it by hand. */
  readonly reason?: string | undefined
  /** Clients told per second, over all workers and nodes. */
  readonly ratePerSecond?: number | undefined
  readonly order: 'idle-first' | 'oldest-first' | 'random'
  /** Of `disable`: the service is disabled as soon as its clients are gone. */
  readonly graceful?: boolean | undefined
  /** ISO 8601 in UTC. */
  readonly deadline?: string | undefined
  /** ISO 8601 in UTC. */
  readonly startedAt: string
  /** ISO 8601 in UTC. */
  readonly endedAt?: string | undefined
  /** Clients when it began, of those that it is about. Connections and HTTP requests. */
  readonly clients: number
  /** Clients that it told to go; with `per-message` balancing also links to the service that it closed. */
  readonly told: number
  /** Those among them that were told at the deadline. */
  readonly toldAtDeadline: number
  /** Clients that are not gone, of those that it is about. */
  readonly remaining: number
  /** Of a cluster: the node that runs it, for the clients of all nodes. Omitted for a job of this node alone. */
  readonly node?: string | undefined
}

export type Jobs = {
  readonly items: readonly ({
    /** Kind and number: `drain-3`. */
    readonly id: string
    /** `drain` empties a service, `disable` disables one later, `close` closes the clients of one that is down, `rebalance` moves the excess of an LB vserver. */
    readonly kind: 'drain' | 'disable' | 'close' | 'rebalance'
    readonly service?: string | undefined
    readonly lbVserver?: string | undefined
    readonly state: 'running' | 'paused' | 'done' | 'cancelled' | 'failed'
    /** Why it was cancelled or failed, where nobody did it by hand. */
    readonly reason?: string | undefined
    /** Clients told per second, over all workers and nodes. */
    readonly ratePerSecond?: number | undefined
    readonly order: 'idle-first' | 'oldest-first' | 'random'
    /** Of `disable`: the service is disabled as soon as its clients are gone. */
    readonly graceful?: boolean | undefined
    /** ISO 8601 in UTC. */
    readonly deadline?: string | undefined
    /** ISO 8601 in UTC. */
    readonly startedAt: string
    /** ISO 8601 in UTC. */
    readonly endedAt?: string | undefined
    /** Clients when it began, of those that it is about. Connections and HTTP requests. */
    readonly clients: number
    /** Clients that it told to go; with `per-message` balancing also links to the service that it closed. */
    readonly told: number
    /** Those among them that were told at the deadline. */
    readonly toldAtDeadline: number
    /** Clients that are not gone, of those that it is about. */
    readonly remaining: number
    /** Of a cluster: the node that runs it, for the clients of all nodes. Omitted for a job of this node alone. */
    readonly node?: string | undefined
  })[]
}

export type Revisions = {
  readonly items: readonly ({
    /** Its number. Numbers grow by one. */
    readonly id: number
    /** When it was applied: ISO 8601 in UTC. */
    readonly savedAt: string
    /** True for the one that runs. */
    readonly current: boolean
    /** What made it; absent where an older Weir saved it. */
    readonly author?: {
      /** `api` the REST API, `exec` commands of NetScaler's language, `config-file` the file of `--config`, `program` the program that runs Weir, `weir` Weir itself, as where it reverts a canary. */
      readonly via: 'api' | 'exec' | 'config-file' | 'program' | 'weir'
      /** Name of the API token, or path of the file. */
      readonly name?: string | undefined
    } | undefined
    /** The revision whose configuration it restored. */
    readonly rollbackTo?: number | undefined
    /** How it differs from the one before it; absent where an older Weir saved it. */
    readonly summary?: {
      /** Number of entities. */
      readonly added: number
      /** Number of entities. */
      readonly changed: number
      /** Number of entities. */
      readonly removed: number
      /** The first 100 of these entities, with at most 20 fields each. */
      readonly entities: readonly ({
        readonly action: 'added' | 'changed' | 'removed'
        readonly collection: 'extensions' | 'userProtocols' | 'certkeys' | 'monitors' | 'services' | 'serviceGroups' | 'lbVservers' | 'glbs' | 'userVservers' | 'geoDatabases' | 'lists' | 'accessRules' | 'lockdowns' | 'userAgentRules' | 'rules' | 'edgeFunctions' | 'triggers' | 'rateLimits' | 'managedChecks'
        readonly name: string
        /** Paths of the fields that changed, of a changed entity. */
        readonly fields?: readonly (string)[] | undefined
      })[]
    } | undefined
  })[]
}

export type RevisionDocument = {
  /** Its number. Numbers grow by one. */
  readonly id: number
  /** When it was applied: ISO 8601 in UTC. */
  readonly savedAt: string
  /** True for the one that runs. */
  readonly current: boolean
  /** What made it; absent where an older Weir saved it. */
  readonly author?: {
    /** `api` the REST API, `exec` commands of NetScaler's language, `config-file` the file of `--config`, `program` the program that runs Weir, `weir` Weir itself, as where it reverts a canary. */
    readonly via: 'api' | 'exec' | 'config-file' | 'program' | 'weir'
    /** Name of the API token, or path of the file. */
    readonly name?: string | undefined
  } | undefined
  /** The revision whose configuration it restored. */
  readonly rollbackTo?: number | undefined
  /** How it differs from the one before it; absent where an older Weir saved it. */
  readonly summary?: {
    /** Number of entities. */
    readonly added: number
    /** Number of entities. */
    readonly changed: number
    /** Number of entities. */
    readonly removed: number
    /** The first 100 of these entities, with at most 20 fields each. */
    readonly entities: readonly ({
      readonly action: 'added' | 'changed' | 'removed'
      readonly collection: 'extensions' | 'userProtocols' | 'certkeys' | 'monitors' | 'services' | 'serviceGroups' | 'lbVservers' | 'glbs' | 'userVservers' | 'geoDatabases' | 'lists' | 'accessRules' | 'lockdowns' | 'userAgentRules' | 'rules' | 'edgeFunctions' | 'triggers' | 'rateLimits' | 'managedChecks'
      readonly name: string
      /** Paths of the fields that changed, of a changed entity. */
      readonly fields?: readonly (string)[] | undefined
    })[]
  } | undefined
  /** The whole configuration, as GET /v1/config shows it. */
  readonly config: Readonly<Record<string, unknown>>
}

/** What differs between two revisions. */
export type RevisionDiff = {
  /** The revision that is compared with; 0 is the empty configuration. */
  readonly from: number
  readonly to: number
  /** By collection; those that were added, changed and removed. */
  readonly changes: readonly ({
    readonly action: 'added' | 'changed' | 'removed'
    readonly collection: 'extensions' | 'userProtocols' | 'certkeys' | 'monitors' | 'services' | 'serviceGroups' | 'lbVservers' | 'glbs' | 'userVservers' | 'geoDatabases' | 'lists' | 'accessRules' | 'lockdowns' | 'userAgentRules' | 'rules' | 'edgeFunctions' | 'triggers' | 'rateLimits' | 'managedChecks'
    readonly name: string
    /** Of a changed entity. */
    readonly fields?: readonly ({
      /** Within its entity: `limits.maxClients`. */
      readonly path: string
      /** Absent where there was none. A value of more than 2,000 characters is shown as its length. */
      readonly before?: unknown | undefined
      /** Absent where there is none. */
      readonly after?: unknown | undefined
      /** It changed, and no answer contains its values. */
      readonly secret?: true | undefined
    })[] | undefined
  })[]
}

export type Sessions = {
  readonly items: readonly (Session)[]
  /** True if there are more than `limit`. */
  readonly truncated: boolean
}

export type Session = {
  /** LB vserver; `glb/` and the name of a GLB for its affinity. */
  readonly lbVserver: string
  /** What the key is of. */
  readonly type: 'user-session' | 'source-ip' | 'ssl-session' | 'cookie' | 'rule'
  /** UTF-8 text where the key is valid UTF-8, else `hex:…`; keys over 128 bytes show as `sha256:…`. */
  readonly key: string
  /** Service that the key is pinned to. */
  readonly service: string
  /** Connections that hold the entry. */
  readonly connections: number
  /** Omitted while a connection holds the entry. */
  readonly expiresInSeconds?: number | undefined
}

export type SetSessions = {
  /** Number of entries that were set. */
  readonly set: number
}

export type DeletedSessions = {
  readonly deleted: number
}

export type Connection = {
  /** Unique over all workers and time: `worker-number`. */
  readonly id: string
  readonly userVserver: string
  /** Version of the extension that serves it; 0 for TLS that passes unopened. */
  readonly version: number
  /** True if it is tunnelled because the extension was unavailable (`failOpen`). */
  readonly failedOpen: boolean
  /** Address and port of the client: `127.0.0.1:50123`, `[::1]:50123`. */
  readonly client: string
  /** Name that the client asked for in its TLS handshake. */
  readonly serverName?: string | undefined
  /** Subject of the client's verified certificate: `O=Farm,CN=meter-7`. */
  readonly certificate?: string | undefined
  /** Identity of the client's pre-shared key. */
  readonly psk?: string | undefined
  /** Address and port of the balancer in front that has told the address of the client (PROXY protocol). */
  readonly via?: string | undefined
  /** User protocol that was chosen for the client, where several share the port. */
  readonly protocol?: string | undefined
  readonly phase: 'first-message' | 'choosing' | 'dialling' | 'open' | 'tunnel' | 'closing'
  readonly lbVserver?: string | undefined
  /** With `per-message` balancing there may be several, joined by `, `. */
  readonly service?: string | undefined
  /** Session key as text: UTF-8 where valid, else hex. */
  readonly session?: string | undefined
  /** Fields that the extension published; secret ones are omitted. */
  readonly fields: Readonly<Record<string, string>>
  /** Milliseconds since 1970 (UTC). */
  readonly since: number
  /** Silence of both sides, in whole seconds. */
  readonly idleSeconds: number
  /** Bytes read from the client. */
  readonly bytesIn: number
  /** Bytes written to the client. */
  readonly bytesOut: number
}

export type Connections = {
  readonly items: readonly (Connection)[]
  /** True if there are more than `limit`. */
  readonly truncated: boolean
}

/** What happened to a connection or an HTTP request. */
export type ConnectionLife = {
  readonly type: 'begin'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  readonly userVserver: string
  /** Address and port of the client: `127.0.0.1:50123`, `[::1]:50123`. */
  readonly client: string
  /** Name that the client asked for in its TLS handshake. */
  readonly serverName?: string | undefined
  /** Subject of the client's verified certificate: `O=Farm,CN=meter-7`. */
  readonly certificate?: string | undefined
  /** Identity of the client's pre-shared key. */
  readonly psk?: string | undefined
  /** Address and port of the balancer in front that has told the address of the client (PROXY protocol). */
  readonly via?: string | undefined
  /** User protocol that was chosen for the client, where several share the port. */
  readonly protocol?: string | undefined
  /** Id of the connection. */
  readonly connection: string
} | {
  readonly type: 'end'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  /** `request`: an HTTP request; `refused`: a client that a rule or a failed handshake kept out. */
  readonly kind: 'connection' | 'request' | 'refused'
  readonly userVserver: string
  /** Address and port of the client: `127.0.0.1:50123`, `[::1]:50123`. */
  readonly client: string
  /** Name that the client asked for in its TLS handshake. */
  readonly serverName?: string | undefined
  /** Subject of the client's verified certificate: `O=Farm,CN=meter-7`. */
  readonly certificate?: string | undefined
  /** Identity of the client's pre-shared key. */
  readonly psk?: string | undefined
  /** Address and port of the balancer in front that has told the address of the client (PROXY protocol). */
  readonly via?: string | undefined
  /** User protocol that was chosen for the client, where several share the port. */
  readonly protocol?: string | undefined
  readonly lbVserver?: string | undefined
  /** With `per-message` balancing there may be several, joined by `, `. */
  readonly service?: string | undefined
  /** Session key as text: UTF-8 where valid, else hex. */
  readonly session?: string | undefined
  /** Id of the connection. */
  readonly connection?: string | undefined
  /** Version of the extension. */
  readonly version?: number | undefined
  /** It was tunnelled because the extension was unavailable. */
  readonly failedOpen?: true | undefined
  /** HTTP method. */
  readonly method?: string | undefined
  /** Path of the request, without its query. */
  readonly path?: string | undefined
  /** HTTP status. */
  readonly status?: number | undefined
  /** Close reason; omitted for a request that a server answered. */
  readonly reason?: 'client-closed' | 'server-closed' | 'client-reset' | 'server-reset' | 'rejected' | 'protocol-error' | 'first-message-timeout' | 'idle-timeout' | 'extension-error' | 'extension-down' | 'no-service' | 'session-unknown' | 'dial-failed' | 'first-reply-timeout' | 'reply-missing' | 'reply-unexpected' | 'service-down' | 'not-allowed' | 'rule' | 'function' | 'function-failed' | 'rate-limit' | 'banned' | 'limit' | 'flood' | 'challenged' | 'no-protocol' | 'proxy-failed' | 'proxy-silent' | 'tls-failed' | 'clear-after-start-tls' | 'http-failed' | 'upgrade-refused' | 'client-unverified' | 'draining' | 'rebalanced' | 'shutdown' | 'killed' | 'worker-lost' | 'internal-error' | undefined
  /** More about the reason. */
  readonly detail?: string | undefined
  /** Bytes from the client. */
  readonly bytesIn?: number | undefined
  /** Bytes to the client. */
  readonly bytesOut?: number | undefined
  /** From the accept, or from the request, to the end. */
  readonly durationMs?: number | undefined
  /** Fields that the extension published; secret ones are omitted. */
  readonly fields?: Readonly<Record<string, string>> | undefined
}

/** Counters and histograms, summed over the workers, and peaks, the largest of the workers. All start at 0 with Weir. */
export type Stats = {
  readonly userVservers: Readonly<Record<string, {
    /** Open connections. */
    readonly connections: number
    /** Those among them that have a server, and are not about to end. */
    readonly established: number
    /** Clients that connected. */
    readonly accepted: number
    /** Messages, and chunks of streams, of its connections that entered the sandbox, in both directions. */
    readonly messages: number
    /** Bytes read from clients. */
    readonly bytesIn: number
    /** Bytes written to clients. */
    readonly bytesOut: number
    /** Ended connections, by close reason. */
    readonly closed: Readonly<Record<string, number>>
    /** Ended HTTP requests, by outcome: `answered` by a server, or the reason why not. */
    readonly requests: Readonly<Record<string, number>>
    /** Workers in which it is in defence mode. */
    readonly defending: number
    /** How often each control against floods has acted. */
    readonly floods: Readonly<Record<string, number>>
    /** Clients by user protocol, where several share the port. Those that fitted none are in `closed` as `no-protocol`. */
    readonly protocols: Readonly<Record<string, number>>
    /** Time from the acceptance of a client until its first message to a server was whole and decided, with a TLS handshake, a WebSocket upgrade or a PROXY header before it. */
    readonly firstMessageMs: {
      /** Number of times. */
      readonly count: number
      /** Their sum, in milliseconds. */
      readonly sum: number
      /** Half of the times are at most so long, in milliseconds, as far as the buckets tell; omitted while there are none. */
      readonly p50?: number | undefined
      /** 99 of 100 are; the largest bound, if more are above that. */
      readonly p99?: number | undefined
      /** Number of times in each bucket: up to 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000 ms, and above. */
      readonly counts: readonly (number)[]
    }
    /** Time from the acceptance of a client until its first server was connected; the time until its first message is a part of it. */
    readonly connectMs: {
      /** Number of times. */
      readonly count: number
      /** Their sum, in milliseconds. */
      readonly sum: number
      /** Half of the times are at most so long, in milliseconds, as far as the buckets tell; omitted while there are none. */
      readonly p50?: number | undefined
      /** 99 of 100 are; the largest bound, if more are above that. */
      readonly p99?: number | undefined
      /** Number of times in each bucket: up to 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000 ms, and above. */
      readonly counts: readonly (number)[]
    }
    /** Time until the first reply of a server, as `firstReplyMs` of the services counts it, of its own clients and requests. */
    readonly firstReplyMs: {
      /** Number of times. */
      readonly count: number
      /** Their sum, in milliseconds. */
      readonly sum: number
      /** Half of the times are at most so long, in milliseconds, as far as the buckets tell; omitted while there are none. */
      readonly p50?: number | undefined
      /** 99 of 100 are; the largest bound, if more are above that. */
      readonly p99?: number | undefined
      /** Number of times in each bucket: up to 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000 ms, and above. */
      readonly counts: readonly (number)[]
    }
  }>>
  readonly lbVservers: Readonly<Record<string, {
    /** Clients that got a service; messages, with `per-message` balancing. */
    readonly picks: number
    /** Picks decided by an entry of the session table. */
    readonly sessionHits: number
    /** Picks with a session key that had no entry. */
    readonly sessionMisses: number
    /** Clients, or messages, without an available service. */
    readonly noService: number
    /** Clients, or messages, that went to the backup because of `spillover`. */
    readonly spilled: number
    /** Clients, or messages, that wait in the queue. */
    readonly waiting: number
    /** Those that have begun to wait there. */
    readonly waited: number
    /** Those that waited until the time-out. */
    readonly waitedInVain: number
    /** Time in the queue of those that got a service then. */
    readonly waitMs: {
      /** Number of times. */
      readonly count: number
      /** Their sum, in milliseconds. */
      readonly sum: number
      /** Half of the times are at most so long, in milliseconds, as far as the buckets tell; omitted while there are none. */
      readonly p50?: number | undefined
      /** 99 of 100 are; the largest bound, if more are above that. */
      readonly p99?: number | undefined
      /** Number of times in each bucket: up to 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000 ms, and above. */
      readonly counts: readonly (number)[]
    }
    /** Entries of the session table, perhaps with some that expired within the last second. 0 where the embedding program stores the sessions; so are the next two. */
    readonly sessions: number
    /** Entries dropped early for newer ones: `maxEntries` or `--max-sessions` was reached. */
    readonly sessionsEvicted: number
    /** Clients without an entry: connections held all that fit. */
    readonly sessionsUnpinned: number
  }>>
  readonly glbs: Readonly<Record<string, {
    /** Clients that it led to a pool; messages, with `per-message` balancing; HTTP requests. Each further attempt counts. */
    readonly picks: number
    /** Those among them that the fallback pool got. */
    readonly fallback: number
    /** Clients, messages or requests for which every pool was out. */
    readonly noService: number
    /** Picks decided by an entry of the affinity. */
    readonly sessionHits: number
    /** Picks with a session key that had no entry. */
    readonly sessionMisses: number
    /** Picks by pool, the fallback among them. */
    readonly pools: Readonly<Record<string, number>>
  }>>
  readonly rules: Readonly<Record<string, {
    /** Clients, requests and messages to which it applied, simulated or not. */
    readonly matched: number
    /** Those among them that it blocked. */
    readonly blocked: number
    /** Those among them that had to pass a challenge. */
    readonly challenged: number
  }>>
  readonly edgeFunctions: Readonly<Record<string, {
    /** Workers that run it. */
    readonly up: number
    /** Workers that took it out of service after repeated failures. */
    readonly down: number
    /** Requests that it was asked about. */
    readonly requests: number
    /** Those among them that it let pass. */
    readonly allowed: number
    /** Those that it answered itself. */
    readonly responded: number
    /** Requests on which it did not decide, by failure. */
    readonly failures: Readonly<Record<string, number>>
    /** Requests that passed because it failed or was out of service. */
    readonly failedOpen: number
    /** Requests that got 503 for that reason. */
    readonly failedClosed: number
    /** Requests that wait for its decision. */
    readonly waiting: number
    /** Entries into the sandbox; one takes the requests that wait. */
    readonly runs: number
    /** Reloads after a failure. */
    readonly rebuilds: number
    /** Time of the calls into its isolates; on a busy machine it exceeds their CPU time. In milliseconds. */
    readonly cpuMs: number
    /** Heaps of its isolates. */
    readonly heapBytes: number
    /** Current strikes, in the worker with the most. */
    readonly strikes: number
    /** Time from a request until its decision. */
    readonly decisionMs: {
      /** Number of times. */
      readonly count: number
      /** Their sum, in milliseconds. */
      readonly sum: number
      /** Half of the times are at most so long, in milliseconds, as far as the buckets tell; omitted while there are none. */
      readonly p50?: number | undefined
      /** 99 of 100 are; the largest bound, if more are above that. */
      readonly p99?: number | undefined
      /** Number of times in each bucket: up to 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000 ms, and above. */
      readonly counts: readonly (number)[]
    }
  }>>
  readonly triggers: Readonly<Record<string, {
    /** Requests for which it was the most specific. */
    readonly matched: number
  }>>
  /** Rules and other controls of the edge by `kind/name`: `rule/no-sys`. Those that have decided nothing yet are left out. */
  readonly controls: Readonly<Record<string, {
    /** Decisions that it made, simulated or not. */
    readonly decisions: number
    /** Those among them that had no effect, for it is simulated. */
    readonly simulated: number
    /** Security events about them: a sample. Each states how many decisions it stands for. */
    readonly events: number
    /** Decisions that were not simulated, by action. */
    readonly actions: Readonly<Record<string, number>>
  }>>
  readonly rateLimits: Readonly<Record<string, {
    /** What it counted: clients, requests, messages, bytes, cost, or replies. */
    readonly counted: number
    /** Clients, requests and messages over the limit, simulated or not; replies that reached it. */
    readonly over: number
    /** Those among them that it refused. */
    readonly blocked: number
    /** Messages after which a client had to wait. */
    readonly throttled: number
    /** Bans that it has begun. */
    readonly banned: number
    /** Counters that the workers keep. */
    readonly keys: number
    /** Counters that were forgotten early, for newer ones: `maxKeys` was reached. */
    readonly evicted: number
  }>>
  readonly services: Readonly<Record<string, {
    /** Open connections, and those that are being opened. */
    readonly connections: number
    /** Those among them that the server has accepted; HTTP requests under way are. */
    readonly established: number
    /** Connections begun, those for HTTP requests included. A connection may carry many requests. */
    readonly dialled: number
    /** Failed connection attempts. */
    readonly dialFailures: number
    /** Connections whose first message was sent to another service, because the server closed them before its first byte, or did not begin to answer in time. */
    readonly resent: number
    /** Connections whose first reply did not come within `firstReplyTimeoutSeconds`. */
    readonly unanswered: number
    /** Clients that the server refused for a reason of its own, as the extension reports it (`ctx.serverRefused`). */
    readonly refused: number
    /** Workers in which it gets new clients only where no other service can take them, since its dials failed or its replies were late. */
    readonly suspect: number
    /** Clients that jobs told to leave it, and links that they closed. */
    readonly told: number
    /** Messages sent to it, with `per-message` balancing; HTTP requests. */
    readonly messages: number
    /** Bytes written to the server. */
    readonly bytesIn: number
    /** Bytes read from the server. */
    readonly bytesOut: number
    /** Time from the begin of a connection to the server until it could be used, with TLS and WebSocket where it has them. Failed attempts are in `dialFailures` alone. Connections for HTTP requests count, too. */
    readonly dialMs: {
      /** Number of times. */
      readonly count: number
      /** Their sum, in milliseconds. */
      readonly sum: number
      /** Half of the times are at most so long, in milliseconds, as far as the buckets tell; omitted while there are none. */
      readonly p50?: number | undefined
      /** 99 of 100 are; the largest bound, if more are above that. */
      readonly p99?: number | undefined
      /** Number of times in each bucket: up to 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000 ms, and above. */
      readonly counts: readonly (number)[]
    }
    /** Time from the first message to the server on a connection until its first byte; with `per-message` balancing, until its first message; from each HTTP request until the head of its response, with a dial if it needs one. */
    readonly firstReplyMs: {
      /** Number of times. */
      readonly count: number
      /** Their sum, in milliseconds. */
      readonly sum: number
      /** Half of the times are at most so long, in milliseconds, as far as the buckets tell; omitted while there are none. */
      readonly p50?: number | undefined
      /** 99 of 100 are; the largest bound, if more are above that. */
      readonly p99?: number | undefined
      /** Number of times in each bucket: up to 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000 ms, and above. */
      readonly counts: readonly (number)[]
    }
  }>>
  readonly extensions: Readonly<Record<string, {
    /** Workers that run it. */
    readonly up: number
    /** Workers that took it out of service after repeated failures. */
    readonly down: number
    /** Entries into the sandbox. */
    readonly crossings: number
    /** Messages, and chunks of streams, that entered the sandbox. */
    readonly messages: number
    /** Messages of clients that were forwarded by the keys that it declares, without entering the sandbox. */
    readonly byKeys: number
    /** Messages, or runs of a stream's bytes, that were forwarded. */
    readonly forwarded: number
    /** Messages, or runs of a stream's bytes, that were dropped. */
    readonly dropped: number
    /** Verdicts that ended a connection. */
    readonly rejected: number
    /** Messages that the extension could not parse. */
    readonly malformed: number
    /** Handlers that threw, and unhandled rejections. */
    readonly throws: number
    /** Messages stopped at `batchTimeoutMs`; each ended its own connection only. */
    readonly timeouts: number
    /** Messages stopped because the machine gave them no CPU time for up to a second longer than `batchTimeoutMs`. No strikes. */
    readonly starved: number
    /** Guests that exceeded `heapMb`. */
    readonly memoryKills: number
    /** Guests that did not return and were abandoned with their thread. */
    readonly lost: number
    /** Guests that ended otherwise: the guest loop threw, or returned an impossible value. */
    readonly crashes: number
    /** Reloads after a failure. */
    readonly rebuilds: number
    /** Time of the calls into its guests; on a busy machine it exceeds their CPU time. In milliseconds. */
    readonly cpuMs: number
    /** Heaps of its guests. */
    readonly heapBytes: number
    /** Bytes waiting for its verdicts. */
    readonly heldBytes: number
    /** Connections tunnelled because it was unavailable (`failOpen`). */
    readonly failedOpen: number
    /** Longest time from the hand-over of a batch to its answer, sampled from one in 64, or the CPU time of a stopped message. In milliseconds. */
    readonly batchMsPeak: number
    /** Largest sampled heap of one isolate; the limit, if one exceeded it. */
    readonly heapBytesPeak: number
    /** Maximum bytes that one message originated. */
    readonly originatedBytesPeak: number
    /** Maximum bytes of one direction of a connection that waited. */
    readonly heldBytesPeak: number
    /** Time from the hand-over of a batch of messages to the sandbox until its answer, sampled from one in 64; of traced extensions, each. */
    readonly crossingMs: {
      /** Number of times. */
      readonly count: number
      /** Their sum, in milliseconds. */
      readonly sum: number
      /** Half of the times are at most so long, in milliseconds, as far as the buckets tell; omitted while there are none. */
      readonly p50?: number | undefined
      /** 99 of 100 are; the largest bound, if more are above that. */
      readonly p99?: number | undefined
      /** Number of times in each bucket: up to 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000 ms, and above. */
      readonly counts: readonly (number)[]
    }
    /** Current strikes, in the worker with the most. */
    readonly strikes: number
    /** Time of the next attempt of the last worker that took it out of service. Milliseconds since 1970 (UTC), or 0. */
    readonly downUntil: number
    /** By version number. */
    readonly versions: Readonly<Record<string, {
      /** Workers with this version loaded. */
      readonly up: number
      /** Workers that took it out of service. */
      readonly down: number
      /** Open connections. */
      readonly connections: number
      /** Connections assigned to it. */
      readonly accepted: number
      /** What a canary is judged by: connections that ended as `extension-error` or `extension-down` or were tunnelled in place of that, goodbyes that threw, unhandled rejections, and strikes (time-outs, exceeded heaps, crashes, failed loads). */
      readonly errors: number
    }>>
    /** By function of the extension: `client.onMessage`, `onClose`. */
    readonly functions: Readonly<Record<string, {
      /** Calls. */
      readonly hits: number
      /** Calls without a result: it threw, or could not parse the message. */
      readonly undef: number
      /** Calls that were stopped at `batchTimeoutMs`, or that ended the guest. */
      readonly halts: number
    }>>
    /** Counters of the extension itself. */
    readonly counters: Readonly<Record<string, number>>
    /** Limits and usage of the extension, in the worker with the highest usage. */
    readonly budget: {
      /** Wall-clock time from the hand-over of a batch to its answer, sampled from one in 64, and CPU time of stopped messages. */
      readonly batchMs: {
        readonly limit: number
        readonly peak: number
      }
      /** Heap of one isolate, sampled. */
      readonly heapBytes: {
        readonly limit: number
        readonly peak: number
      }
      /** Bytes that one message originated. */
      readonly originatedBytes: {
        readonly limit: number
        readonly peak: number
      }
      /** Bytes of one direction of a connection that waited for verdicts. */
      readonly heldBytes: {
        readonly limit: number
        readonly peak: number
        /** Current sum over all connections. */
        readonly total: number
      }
      readonly strikes: {
        readonly limit: number
        readonly windowSeconds: number
        /** In the worker with the most. */
        readonly now: number
      }
      readonly status: 'up' | 'rebuilding' | 'down'
      /** Time of the next attempt of a worker that took it out of service (ISO 8601). */
      readonly downUntil?: string | undefined
    }
  }>>
  /** By the `id` of the health; `control` is the control process. */
  readonly workers: Readonly<Record<string, {
    /** Open connections, and HTTP requests under way. */
    readonly connections: number
    /** Connections that it took, apart from those that were refused and those of HTTP requests alone. */
    readonly accepted: number
    /** CPU time of the process. In milliseconds. */
    readonly cpuMs: number
    /** Resident memory of the process. */
    readonly residentBytes: number
    /** Time in which the event loop did not wait for events. In milliseconds. */
    readonly loopBusyMs: number
    /** Delay of the event loop: how late a timer fires, every 100 ms. During a longer delay, each timer that would have been due counts. */
    readonly loopDelayMs: {
      /** Number of times. */
      readonly count: number
      /** Their sum, in milliseconds. */
      readonly sum: number
      /** Half of the times are at most so long, in milliseconds, as far as the buckets tell; omitted while there are none. */
      readonly p50?: number | undefined
      /** 99 of 100 are; the largest bound, if more are above that. */
      readonly p99?: number | undefined
      /** Number of times in each bucket: up to 1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000 ms, and above. */
      readonly counts: readonly (number)[]
    }
  }>>
  /** The session table; omitted where the embedding program stores the sessions. */
  readonly sessions?: {
    /** Persistence entries of all LB vservers. */
    readonly entries: number
    /** `--max-sessions`. */
    readonly maxEntries: number
    /** Failed attempts to save entries; they are retried. */
    readonly saveFailures: number
    /** True while entries are not saved. */
    readonly saveFailing: boolean
  } | undefined
  /** Transport of each started worker. */
  readonly transports: readonly ({
    /** `node`: the sockets of Node; `uring`: io_uring of Linux. */
    readonly name: 'node' | 'uring'
    /** Reason for the choice. */
    readonly reason: string
    /** Its `id` in the health. */
    readonly worker: number
  })[]
  readonly log: {
    /** Dropped lines, because the reader of standard error was too slow. */
    readonly dropped: number
  }
  readonly accessLog: {
    /** Dropped lines of the access log, because they could not be written in time. */
    readonly dropped: number
  }
  /** The webhook; omitted without `--security-webhook`. */
  readonly securityWebhook?: {
    /** Security events that were taken. */
    readonly sent: number
    /** Events that were dropped: too many waited, or their delivery failed for good. */
    readonly dropped: number
    /** Failed attempts. */
    readonly failures: number
    /** Events that wait. */
    readonly waiting: number
  } | undefined
}

export type Health = {
  /** `degraded`: a worker, a service, an extension or the shared store is not up, or a rule or managed check is without effect (`inactive`). */
  readonly status: 'ok' | 'degraded'
  readonly version: string
  /** Number of the running configuration. */
  readonly revision: number
  readonly uptimeSeconds: number
  readonly workers: readonly ({
    readonly id: number
    readonly pid: number
    readonly status: 'up' | 'starting' | 'restarting'
    readonly restarts: number
    /** Its transport; omitted until it has started. */
    readonly transport?: {
      /** `node`: the sockets of Node; `uring`: io_uring of Linux. */
      readonly name: 'node' | 'uring'
      /** Reason for the choice. */
      readonly reason: string
    } | undefined
  })[]
  /** The cluster; omitted where there is none. */
  readonly cluster?: {
    /** Name of this node. */
    readonly node: string
    /** The shared store, without secrets. */
    readonly store: string
    /** `away`: the store does not answer, and clients are led by what this node knows. `agreeing`: it is back, and is told what this node holds. */
    readonly state: 'up' | 'away' | 'agreeing'
    /** Why it is away; otherwise empty. */
    readonly reason: string
    /** Whether the nodes have one configuration, or each its own. */
    readonly configuration: 'shared' | 'own'
    /** Part of the memory limit of the store (`maxmemory`) that is used. Omitted where it has no limit. */
    readonly memoryUsed?: number | undefined
    /** True when so much is used that the log has warned, until there is memory again. Omitted where `memoryUsed` is. */
    readonly nearlyFull?: boolean | undefined
  } | undefined
  /** Enabled services. */
  readonly services: {
    readonly up: number
    readonly down: number
    /** Services without a verdict of their monitors. */
    readonly unknown: number
  }
  /** User vservers in defence mode, by worker, of all nodes. */
  readonly defending: readonly ({
    readonly userVserver: string
    readonly worker: number
    readonly reason: string
    /** In milliseconds since 1970 (UTC). */
    readonly since: number
    /** The other node of the cluster whose worker it is, as it was two seconds ago at most; omitted for this one. */
    readonly node?: string | undefined
  })[]
  /** The first 100 access rules, lockdowns, rules and managed checks that are without effect, in whole or in part: no geo database knows what they need, a library is not installed, or the process that inspects requests has ended. */
  readonly inactive: readonly ({
    /** `access rule 'tor'`. */
    readonly entity: string
    readonly reason: string
  })[]
}

/** The latest hour of figures. */
export type History = {
  /** Id of the last sample: `Last-Event-ID` of a stream that goes on from here. */
  readonly lastId: string
  /** Time between two samples. */
  readonly everySeconds: number
  /** Times of the samples, the oldest first. */
  readonly times: readonly (number)[]
  /** A value for each sample; null where there was nothing to measure. */
  readonly figures: {
    /** Open connections at the time. */
    readonly connections: readonly (number | null)[]
    /** Clients that connected, per second. */
    readonly accepted: readonly (number | null)[]
    /** Messages that entered the sandbox, and HTTP requests that ended, per second. */
    readonly messages: readonly (number | null)[]
    /** Bytes read from clients, per second. In bytes. */
    readonly bytesIn: readonly (number | null)[]
    /** Bytes written to clients, per second. In bytes. */
    readonly bytesOut: readonly (number | null)[]
    /** Refused clients and requests, per second: those that ended with a reason of `refusals`. */
    readonly refused: readonly (number | null)[]
    /** Time until a client had its first server: half of the clients were at most so long. In milliseconds. */
    readonly connectMsP50: readonly (number | null)[]
    /** 99 of 100 were. In milliseconds. */
    readonly connectMsP99: readonly (number | null)[]
    /** Time from the first message until the first byte of the server: half were at most so long. In milliseconds. */
    readonly firstReplyMsP50: readonly (number | null)[]
    /** 99 of 100 were. In milliseconds. */
    readonly firstReplyMsP99: readonly (number | null)[]
    /** Delay of the event loop, in the worker with the longest: 99 of 100 timers were at most so late. Of all together alone. In milliseconds. */
    readonly loopDelayMsP99: readonly (number | null)[]
  }
  /** Refused clients and requests of the kept time, by close reason. */
  readonly refusals: Readonly<Record<string, number>>
  /** User vservers that have a history. */
  readonly userVservers: readonly (string)[]
}

/** A sample of figures. */
export type HistorySample = {
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  /** Of all user vservers together. */
  readonly all: {
    /** Open connections at the time. */
    readonly connections: number | null
    /** Clients that connected, per second. */
    readonly accepted: number | null
    /** Messages that entered the sandbox, and HTTP requests that ended, per second. */
    readonly messages: number | null
    /** Bytes read from clients, per second. In bytes. */
    readonly bytesIn: number | null
    /** Bytes written to clients, per second. In bytes. */
    readonly bytesOut: number | null
    /** Refused clients and requests, per second: those that ended with a reason of `refusals`. */
    readonly refused: number | null
    /** Time until a client had its first server: half of the clients were at most so long. In milliseconds. */
    readonly connectMsP50: number | null
    /** 99 of 100 were. In milliseconds. */
    readonly connectMsP99: number | null
    /** Time from the first message until the first byte of the server: half were at most so long. In milliseconds. */
    readonly firstReplyMsP50: number | null
    /** 99 of 100 were. In milliseconds. */
    readonly firstReplyMsP99: number | null
    /** Delay of the event loop, in the worker with the longest: 99 of 100 timers were at most so late. Of all together alone. In milliseconds. */
    readonly loopDelayMsP99: number | null
    /** Refused clients and requests of the kept time, by close reason. */
    readonly refusals: Readonly<Record<string, number>>
  }
  /** Of each user vserver that has a history. */
  readonly userVservers: Readonly<Record<string, {
    /** Open connections at the time. */
    readonly connections: number | null
    /** Clients that connected, per second. */
    readonly accepted: number | null
    /** Messages that entered the sandbox, and HTTP requests that ended, per second. */
    readonly messages: number | null
    /** Bytes read from clients, per second. In bytes. */
    readonly bytesIn: number | null
    /** Bytes written to clients, per second. In bytes. */
    readonly bytesOut: number | null
    /** Refused clients and requests, per second: those that ended with a reason of `refusals`. */
    readonly refused: number | null
    /** Time until a client had its first server: half of the clients were at most so long. In milliseconds. */
    readonly connectMsP50: number | null
    /** 99 of 100 were. In milliseconds. */
    readonly connectMsP99: number | null
    /** Time from the first message until the first byte of the server: half were at most so long. In milliseconds. */
    readonly firstReplyMsP50: number | null
    /** 99 of 100 were. In milliseconds. */
    readonly firstReplyMsP99: number | null
    /** Delay of the event loop, in the worker with the longest: 99 of 100 timers were at most so late. Of all together alone. In milliseconds. */
    readonly loopDelayMsP99: number | null
    /** Refused clients and requests of the kept time, by close reason. */
    readonly refusals: Readonly<Record<string, number>>
  }>>
}

/** The nodes of the cluster, by name. */
export type Nodes = {
  readonly items: readonly ({
    /** `--node` of its `weir serve`. */
    readonly name: string
    readonly version: string
    /** Number of the configuration that it runs. */
    readonly revision: number
    /** Its open connections, when it was last seen. */
    readonly clients: number
    readonly uptimeSeconds: number
    /** Time since it was last seen, on the store's clock. */
    readonly lastSeenSeconds: number
    /** A revision of the cluster that it could not run; it keeps the one before. */
    readonly refused?: {
      readonly revision: number
      readonly reason: string
    } | undefined
    /** Services that it probes for all nodes. */
    readonly probes: number
    /** Its user vservers in defence mode, by worker. */
    readonly defending: readonly ({
      readonly userVserver: string
      readonly worker: number
      readonly reason: string
      /** In milliseconds since 1970 (UTC), on its clock. */
      readonly since: number
    })[]
    /** True for the node that answers. */
    readonly self: boolean
  })[]
}

export type ServiceHealth = {
  readonly health: 'unknown' | 'up' | 'down'
  /** Result of the last failed probe, while the service is not up. */
  readonly reason?: string | undefined
  /** Time of the last change, in milliseconds since 1970 (UTC). */
  readonly since: number
  /** Its monitors, and those of its LB vservers. */
  readonly monitors: readonly ({
    /** Name of the monitor; omitted for one whose settings stand at the service or LB vserver. */
    readonly name?: string | undefined
    readonly type: 'tcp' | 'tls' | 'http' | 'https' | 'ws' | 'wss' | 'send-expect' | 'extension' | 'passive'
    readonly weight: number
    readonly health: 'unknown' | 'up' | 'down'
    /** Result of its last probe, if that failed. */
    readonly reason?: string | undefined
    /** End of its last probe; omitted before the first. */
    readonly last?: {
      /** Milliseconds since 1970 (UTC). */
      readonly time: number
      /** Duration of the probe, in milliseconds. */
      readonly ms: number
    } | undefined
    /** The other node of the cluster that has probed, and whose verdict this is; omitted where this Weir probes by itself. */
    readonly by?: string | undefined
  })[]
  /** Its last 50 changes, the newest first. */
  readonly changes: readonly ({
    /** Milliseconds since 1970 (UTC). */
    readonly time: number
    readonly from: 'unknown' | 'up' | 'down'
    readonly to: 'unknown' | 'up' | 'down'
    /** How long the health before had lasted, in milliseconds. */
    readonly lastedMs: number
    readonly reason: string
  })[]
}

/** The controls against floods. */
export type FloodControls = {
  readonly items: readonly ({
    /** Number of the control. */
    readonly id: 'D001' | 'D002' | 'D003' | 'D004' | 'D005' | 'D006' | 'D007' | 'D008' | 'D009' | 'D010' | 'D011' | 'D012' | 'D013' | 'D014' | 'D015' | 'D016' | 'D017' | 'D018' | 'D019' | 'D020' | 'D021' | 'D022' | 'D023' | 'D024' | 'D025' | 'D026' | 'D027' | 'D028' | 'D029'
    readonly attack: string
    /** What it bounds, and what becomes of those beyond. */
    readonly bounds: string
    /** Who holds it: settings of user vservers; Weir itself, always; the protocol, by parameters, rules and checks; the operating system. */
    readonly keeper: 'vserver' | 'always' | 'extension' | 'kernel'
    /** Its numbers. */
    readonly settings: readonly ({
      /** Setting of the user vserver: `tls.handshakeTimeoutSeconds`. */
      readonly path: string
      /** Its value, of one user vserver that has it; wide while the control is off. */
      readonly value?: number | undefined
      /** The same in defence mode. */
      readonly defending?: number | undefined
    })[]
    /** Rules, rate limits and managed checks that are part of it: `rate-limit/mqtt-publishes`; at most 100. */
    readonly heldBy: readonly (string)[]
    /** User vservers that have it switched off. */
    readonly offAt: readonly (string)[]
    /** How often it has acted since Weir started. */
    readonly acted: number
  })[]
}

/** An event. */
export type Event = {
  readonly type: 'config-applied'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  /** Number of the revision. */
  readonly revision: number
} | {
  readonly type: 'service-up'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  /** Name of the service, or of a member: `GROUP@127.0.0.1:1883`. */
  readonly service: string
  /** The reason, as text. */
  readonly reason: string
  /** How long it was down, in milliseconds. */
  readonly downForMs: number
} | {
  readonly type: 'service-down'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  /** Name of the service, or of a member: `GROUP@127.0.0.1:1883`. */
  readonly service: string
  /** The reason, as text. */
  readonly reason: string
  /** How long it was up before, or without a verdict, in milliseconds. */
  readonly upForMs: number
} | {
  readonly type: 'members-changed'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  /** The service or service group. */
  readonly service: string
  /** Members that take clients from now on. */
  readonly joined: readonly (string)[]
  /** Members that take no new clients. */
  readonly left: readonly (string)[]
  /** Number of members now. */
  readonly members: number
} | {
  readonly type: 'name-status'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  /** The host name. */
  readonly name: string
  /** `resolved`: the answer is in use. `stale`: the last known addresses are. `absent`: the name has no addresses. `failing`: none are known. */
  readonly state: 'waiting' | 'resolved' | 'stale' | 'absent' | 'failing'
  /** Addresses in use. */
  readonly addresses: number
  /** Addresses of the answer beyond the maximum of 256. */
  readonly ignored: number
  /** Why the look-up, or a part of it, failed; empty if it did not. */
  readonly reason: string
} | {
  readonly type: 'extension-status'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  readonly extension: string
  /** Number of the version concerned. */
  readonly version: number
  /** As in the status of the extension, on this worker only. */
  readonly status: 'up' | 'rebuilding' | 'down'
  /** Number of the worker as in `GET /v1/health`; 0 is the process itself. */
  readonly worker: number
  /** Message of the failure, with the author's file and line; empty when `up`. */
  readonly reason: string
} | {
  readonly type: 'canary-reverted'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  readonly extension: string
  /** Number of the reverted version. */
  readonly version: number
  /** The reason, as text. */
  readonly reason: string
} | {
  readonly type: 'edge-function-failed'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  readonly edgeFunction: string
  readonly trigger: string
  /** What went wrong. */
  readonly failure: 'threw' | 'no-response' | 'unresolved' | 'body' | 'fetch' | 'too-large' | 'timeout' | 'starved' | 'memory' | 'lost' | 'crash' | 'invalid' | 'busy' | 'down'
  /** The request passed to the pool; otherwise it got 503. */
  readonly failedOpen: boolean
  readonly userVserver: string
  /** Address and port of the client. */
  readonly client: string
  /** The message, with the author's line and column where there is one. */
  readonly reason: string
  /** Failures of the function on this worker since its last event that were counted and not reported. */
  readonly unreported: number
  /** Number of the worker as in `GET /v1/health`; 0 is the process itself. */
  readonly worker: number
} | {
  readonly type: 'edge-function-status'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  readonly edgeFunction: string
  /** On this worker only. */
  readonly status: 'up' | 'rebuilding' | 'down'
  /** Number of the worker as in `GET /v1/health`; 0 is the process itself. */
  readonly worker: number
  /** Message of the failure; empty when `up`. */
  readonly reason: string
} | {
  readonly type: 'inspector-status'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  /** As in the status of the managed check. */
  readonly status: 'starting' | 'up' | 'absent' | 'restarting'
  /** Number of the worker as in `GET /v1/health`; 0 is the process itself. */
  readonly worker: number
  /** Why it is absent, or has ended; otherwise empty. */
  readonly reason: string
} | {
  readonly type: 'defence-mode'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  readonly userVserver: string
  /** It is in defence mode now. */
  readonly defending: boolean
  /** The reason, as text. */
  readonly reason: string
  /** Number of the worker as in `GET /v1/health`; 0 is the process itself. */
  readonly worker: number
  /** The other node of the cluster whose worker it is; omitted for this one. */
  readonly node?: string | undefined
} | {
  readonly type: 'address-banned'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  /** The address; of IPv6, its network of 64 bits. */
  readonly address: string
  /** The rate limit or rule; empty for an operator. */
  readonly by: string
  /** For how long, from now on. */
  readonly seconds: number
} | {
  readonly type: 'worker-ended'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  /** Number of the worker as in `GET /v1/health`; 0 is the process itself. */
  readonly worker: number
  /** The process that ended. */
  readonly pid: number
  /** The reason, as text. */
  readonly reason: string
  /** Delay before the restart, in milliseconds. */
  readonly restartInMs: number
  /** Its connections at the last heartbeat, at most a second earlier. */
  readonly connections: number
} | {
  readonly type: 'worker-up'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  /** Number of the worker as in `GET /v1/health`; 0 is the process itself. */
  readonly worker: number
  /** The new process. */
  readonly pid: number
  /** Number of restarts of this worker. */
  readonly restarts: number
} | {
  readonly type: 'certificate-expiring'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  readonly certkey: string
  /** Expiry, ISO 8601 in UTC. */
  readonly notAfter: string
  /** Whole days until then; negative after the expiry. */
  readonly daysLeft: number
} | {
  readonly type: 'certificate-issued'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  readonly certkey: string
  /** Expiry, ISO 8601 in UTC. */
  readonly notAfter: string
} | {
  readonly type: 'certificate-renewed'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  readonly certkey: string
  /** Expiry, ISO 8601 in UTC. */
  readonly notAfter: string
} | {
  readonly type: 'certificate-failed'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  readonly certkey: string
  /** The reason, as text. */
  readonly reason: string
  /** Time of the next order, ISO 8601 in UTC. */
  readonly nextAttempt: string
} | {
  readonly type: 'certkey-replaced'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  readonly certkey: string
} | {
  readonly type: 'certkey-stale'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  readonly certkey: string
  /** The reason, as text. */
  readonly reason: string
} | {
  readonly type: 'crl-expired'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  readonly certkey: string
  /** Due date of the next list, ISO 8601 in UTC. */
  readonly nextUpdate: string
} | {
  readonly type: 'ocsp-expired'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  readonly certkey: string
  /** Due date of the next response, ISO 8601 in UTC. */
  readonly nextUpdate: string
} | {
  readonly type: 'job-started'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  /** Identifier of the job, as in `GET /v1/jobs`. */
  readonly job: string
  /** `drain` empties a service, `disable` disables one later, `close` closes the clients of one that is down, `rebalance` moves the excess of an LB vserver. */
  readonly kind: 'drain' | 'disable' | 'close' | 'rebalance'
  readonly service?: string | undefined
  readonly lbVserver?: string | undefined
  readonly state: 'running' | 'paused' | 'done' | 'cancelled' | 'failed'
  /** Why it was cancelled or failed, where nobody did it by hand. */
  readonly reason?: string | undefined
  /** Clients that it told to go; with `per-message` balancing also links to the service that it closed. */
  readonly told: number
  /** Clients that are not gone, of those that it is about. */
  readonly remaining: number
} | {
  readonly type: 'job-progress'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  /** Identifier of the job, as in `GET /v1/jobs`. */
  readonly job: string
  /** `drain` empties a service, `disable` disables one later, `close` closes the clients of one that is down, `rebalance` moves the excess of an LB vserver. */
  readonly kind: 'drain' | 'disable' | 'close' | 'rebalance'
  readonly service?: string | undefined
  readonly lbVserver?: string | undefined
  readonly state: 'running' | 'paused' | 'done' | 'cancelled' | 'failed'
  /** Why it was cancelled or failed, where nobody did it by hand. */
  readonly reason?: string | undefined
  /** Clients that it told to go; with `per-message` balancing also links to the service that it closed. */
  readonly told: number
  /** Clients that are not gone, of those that it is about. */
  readonly remaining: number
} | {
  readonly type: 'job-paused'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  /** Identifier of the job, as in `GET /v1/jobs`. */
  readonly job: string
  /** `drain` empties a service, `disable` disables one later, `close` closes the clients of one that is down, `rebalance` moves the excess of an LB vserver. */
  readonly kind: 'drain' | 'disable' | 'close' | 'rebalance'
  readonly service?: string | undefined
  readonly lbVserver?: string | undefined
  readonly state: 'running' | 'paused' | 'done' | 'cancelled' | 'failed'
  /** Why it was cancelled or failed, where nobody did it by hand. */
  readonly reason?: string | undefined
  /** Clients that it told to go; with `per-message` balancing also links to the service that it closed. */
  readonly told: number
  /** Clients that are not gone, of those that it is about. */
  readonly remaining: number
} | {
  readonly type: 'job-resumed'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  /** Identifier of the job, as in `GET /v1/jobs`. */
  readonly job: string
  /** `drain` empties a service, `disable` disables one later, `close` closes the clients of one that is down, `rebalance` moves the excess of an LB vserver. */
  readonly kind: 'drain' | 'disable' | 'close' | 'rebalance'
  readonly service?: string | undefined
  readonly lbVserver?: string | undefined
  readonly state: 'running' | 'paused' | 'done' | 'cancelled' | 'failed'
  /** Why it was cancelled or failed, where nobody did it by hand. */
  readonly reason?: string | undefined
  /** Clients that it told to go; with `per-message` balancing also links to the service that it closed. */
  readonly told: number
  /** Clients that are not gone, of those that it is about. */
  readonly remaining: number
} | {
  readonly type: 'job-ended'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  /** Identifier of the job, as in `GET /v1/jobs`. */
  readonly job: string
  /** `drain` empties a service, `disable` disables one later, `close` closes the clients of one that is down, `rebalance` moves the excess of an LB vserver. */
  readonly kind: 'drain' | 'disable' | 'close' | 'rebalance'
  readonly service?: string | undefined
  readonly lbVserver?: string | undefined
  readonly state: 'running' | 'paused' | 'done' | 'cancelled' | 'failed'
  /** Why it was cancelled or failed, where nobody did it by hand. */
  readonly reason?: string | undefined
  /** Clients that it told to go; with `per-message` balancing also links to the service that it closed. */
  readonly told: number
  /** Clients that are not gone, of those that it is about. */
  readonly remaining: number
} | {
  readonly type: 'cluster-state'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  /** This node. */
  readonly node: string
  /** As in `GET /v1/health`. */
  readonly state: 'up' | 'away' | 'agreeing'
  /** Why the store is away; otherwise empty. */
  readonly reason: string
} | {
  readonly type: 'cluster-damaged'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  /** This node. */
  readonly node: string
  /** Which value. */
  readonly what: string
} | {
  readonly type: 'cluster-revision-refused'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  /** The node. */
  readonly node: string
  /** Number of the revision. */
  readonly revision: number
  /** The reason, as text. */
  readonly reason: string
} | {
  readonly type: 'sessions-lost'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  /** The reason, as text. */
  readonly reason: string
} | {
  readonly type: 'sessions-not-saved'
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  /** The reason, as text. */
  readonly reason: string
}

/** What an expression is. */
export type ValidatedExpression = {
  readonly valid: boolean
  /** The first phase that has all of its fields; omitted for an invalid one. */
  readonly phase?: 'connect' | 'tls-hello' | 'hello' | 'request' | 'first-message' | 'message' | 'reply' | undefined
  /** Fields that it reads. */
  readonly fields: readonly (string)[]
  /** User vservers that have them. */
  readonly userVservers: readonly (string)[]
  /** What is wrong with it; empty for a valid one. */
  readonly faults: readonly ({
    readonly message: string
    readonly line: number
    readonly column: number
    /** Position in the expression, in characters. */
    readonly offset: number
    /** What could stand there. */
    readonly expected: readonly (string)[]
  })[]
}

/** What rules decide. */
export type RuleTest = {
  readonly decision: 'pass' | 'challenge' | 'block'
  /** The rule that blocks or challenges. */
  readonly rule?: string | undefined
  /** Rules that were looked at, in order. */
  readonly looked: readonly ({
    readonly rule: string
    readonly phase: 'connect' | 'tls-hello' | 'hello' | 'request' | 'first-message' | 'message' | 'reply'
    readonly action: 'log' | 'throttle' | 'skip' | 'challenge' | 'ban' | 'block'
    /** It has no effect. */
    readonly simulated: boolean
    /** Its expression is true. */
    readonly applies: boolean
    /** No further rule of the phase is looked at. */
    readonly ends: boolean
  })[]
}

/** The source of an edge function. */
export type FunctionSource = {
  /** JavaScript or TypeScript of the function. */
  readonly source: string
  /** `off`: its types are not checked. */
  readonly check?: 'types' | 'off' | undefined
}

/** What a loaded edge function shows of itself. */
export type FunctionDeclaration = {
  /** `native`: `edgeFunction()` of the SDK; `service-worker`: a listener of `fetch`. */
  readonly form: 'native' | 'service-worker'
}

/** What an edge function decides. */
export type FunctionTest = {
  /** `native`: `edgeFunction()` of the SDK; `service-worker`: a listener of `fetch`. */
  readonly form: 'native' | 'service-worker'
  readonly decision: 'allow' | 'respond' | 'failed'
  /** Changes of the headers of a request that passes. */
  readonly request?: {
    /** Headers that are added: names and values. */
    readonly set: readonly (readonly (unknown)[])[]
    /** Headers that are removed before that. */
    readonly remove: readonly (string)[]
  } | undefined
  /** Changes of the headers of its response. */
  readonly response?: {
    /** Headers that are added: names and values. */
    readonly set: readonly (readonly (unknown)[])[]
    /** Headers that are removed before that. */
    readonly remove: readonly (string)[]
  } | undefined
  /** Status of a response of the function. */
  readonly status?: number | undefined
  /** Headers of that response. */
  readonly headers?: readonly (readonly (unknown)[])[] | undefined
  /** Body of that response; one character for each byte. */
  readonly body?: string | undefined
  /** Why it did not decide. */
  readonly failure?: 'threw' | 'no-response' | 'unresolved' | 'body' | 'fetch' | 'too-large' | 'timeout' | 'starved' | 'memory' | 'lost' | 'crash' | 'invalid' | 'busy' | 'down' | undefined
  /** The message, with line and column in the source. */
  readonly reason?: string | undefined
  /** The request would pass after this failure; otherwise it gets 503. */
  readonly failedOpen?: boolean | undefined
  /** Lines that it logged. */
  readonly logs: readonly (string)[]
  /** Time of the first call of a fresh isolate, in milliseconds. */
  readonly wallMs: number
}

/** Which triggers count. */
export type TriggerMatches = {
  /** Names of all triggers in the order of decision: of those that match a request, apply to its user vserver and are enabled, the first counts. */
  readonly order: readonly (string)[]
  /** The URLs in the order of the request. */
  readonly urls: readonly ({
    readonly url: string
    /** User vservers that take requests of this scheme; empty: none does. */
    readonly userVservers: readonly ({
      readonly userVserver: string
      /** The trigger that counts. Omitted: none matches, and the request passes. */
      readonly trigger?: string | undefined
      /** The edge function that decides. Omitted: none, and the request passes. */
      readonly function?: string | undefined
      /** Other triggers that match, in the order of decision. */
      readonly others: readonly (string)[]
    })[]
  })[]
}

/** A decision of the edge. */
export type SecurityEvent = {
  /** Identifier of the decision, also in the log line about it. */
  readonly id: string
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  /** The part that decided: `rule`. */
  readonly kind: string
  /** The rule or control. */
  readonly name: string
  /** What was decided: `block`, `log`, `skip`. */
  readonly action: string
  /** It had no effect. */
  readonly simulated: boolean
  /** When it was decided: `connect`, `message`. */
  readonly phase: string
  readonly userVserver: string
  /** Address of the client. */
  readonly address: string
  /** Port of the client. */
  readonly port: number
  /** Identifier of the connection, as in `GET /v1/connections`; omitted before there is one, and for HTTP requests. */
  readonly connection?: string | undefined
  /** Name that the client gives itself in its protocol. */
  readonly clientId?: string | undefined
  /** What its message is about. */
  readonly topic?: string | undefined
  /** Country of the address, where that is known. */
  readonly country?: string | undefined
  /** Number of the autonomous system of the address, where that is known. */
  readonly asn?: number | undefined
  /** Values that were looked at. `(hidden)` stands for what could be a secret or a payload; long values are cut. */
  readonly fields: Readonly<Record<string, string | number | boolean | readonly (string)[]>>
  /** What else the part has to say. */
  readonly detail?: Readonly<Record<string, string | number | boolean | readonly (string)[]>> | undefined
  /** So many decisions of this rule or control it stands for on its worker, itself included: those before it that were counted and not reported. */
  readonly weight: number
  /** Number of the worker, as in `GET /v1/health`. */
  readonly worker: number
}

export type SecurityEvents = {
  /** The newest first. */
  readonly items: readonly (SecurityEvent)[]
  /** `before` of the next page; omitted on the last one. */
  readonly next?: string | undefined
  /** Time of the oldest event that is kept, in milliseconds since 1970 (UTC). */
  readonly oldest?: number | undefined
  /** Events since the start that were lost on their way from the workers. Their decisions are counted. */
  readonly lost: number
}

/** Whom and what the edge decides about most often. */
export type SecurityTop = {
  readonly by: 'address' | 'clientId' | 'topic' | 'country' | 'asn'
  readonly effect: 'acted' | 'observed'
  /** The beginning of what is counted, in milliseconds since 1970 (UTC). */
  readonly since: number
  /** Decisions since then. */
  readonly decisions: number
  /** The most frequent first. */
  readonly items: readonly ({
    readonly value: string
    /** Decisions about it: at most so many. */
    readonly count: number
    /** It can be so many less. */
    readonly error: number
  })[]
  /** A value that is not among them had at most so many. */
  readonly floor: number
}

/** An address that is refused for a time. */
export type Ban = {
  /** The address; of IPv6, its network of 64 bits. */
  readonly address: string
  /** The rate limit that made it; omitted for an operator. */
  readonly by?: string | undefined
  readonly comment?: string | undefined
  /** ISO 8601, UTC. */
  readonly since: string
  /** ISO 8601, UTC. */
  readonly endsAt: string
  readonly remainingSeconds: number
}

export type Bans = {
  readonly items: readonly (Ban)[]
  /** True if there are more than `limit`. */
  readonly truncated: boolean
}

export type DeletedBans = {
  /** Number of bans that were lifted. */
  readonly deleted: number
}

export type RateLimitPresets = {
  readonly items: readonly ({
    /** Name of the preset. */
    readonly name: string
    /** What it holds clients to. */
    readonly doc: string
    /** Body for `POST /v1/rate-limits`. */
    readonly rateLimit: Readonly<Record<string, unknown>>
  })[]
}

export type RateLimitCounters = {
  readonly items: readonly ({
    /** What has the counter: values of `by`. Those that may be private are hashes. */
    readonly key: string
    /** As the worker sees it that has counted most. */
    readonly counted: number
    /** How many pass within the period. */
    readonly limit: number
    /** The action goes on for so long; 0: only for what is over the limit. */
    readonly actsForSeconds: number
  })[]
  /** True if there are more than `limit`. */
  readonly truncated: boolean
}

/** Groups of managed checks. */
export type ManagedGroups = {
  readonly items: readonly ({
    readonly group: 'mqtt-core' | 'ws-upgrade' | 'tls' | 'owasp-crs'
    readonly text: string
    readonly checks: readonly ({
      /** Identifier within the group. */
      readonly id: string
      /** What it finds. */
      readonly text: string
      /** Clause of a specification, CVE or other source. */
      readonly source: string
      /** Its mode where that is `default`. */
      readonly shipped: 'block' | 'simulate'
      /** Its condition in the rule language. Left out where it comes from an option of the managed check. */
      readonly expression?: string | undefined
      /** Weir refuses it in every mode, because it could not be forwarded safely. */
      readonly fixed: boolean
    })[]
  })[]
}

/** Treatment of the bytes. */
export type Explanation = {
  readonly userVserver: string
  /** Omitted for what no extension inspects: HTTP requests, and TLS that passes. */
  readonly extension?: string | undefined
  /** Version of the extension: the one for new connections, apart from a canary. */
  readonly version?: number | undefined
  /** Canary version that a share of new connections gets; the explanation does not cover it. */
  readonly canary?: number | undefined
  /** Worker whose connections and turns the decision uses; 0 is the process itself. */
  readonly worker: number
  readonly side: 'client' | 'server' | 'request'
  /** User protocol that these bytes choose as the first ones of a client without ALPN, where several share the port; omitted where none fits, or more bytes are needed. */
  readonly choice?: {
    readonly withoutTls?: string | undefined
    readonly overTls?: string | undefined
  } | undefined
  /** Result of `onConnect`; omitted if the extension has none. */
  readonly connect?: {
    readonly verdict: {
      /** `pass`, `more` and `pipe` are verdicts about a stream, and so is a `drop` with a count. */
      readonly op: 'forward' | 'drop' | 'reject' | 'malformed' | 'threw' | 'pass' | 'more' | 'pipe' | 'split'
      /** For `pass`, and `drop` of a stream: bytes. For `more`: further bytes needed beyond those shown. */
      readonly count?: number | undefined
      /** Line of the author's code that created the verdict, or threw: `file.ts:12:5`. */
      readonly at?: string | undefined
      readonly then?: 'continue' | 'pipe' | 'tunnel' | undefined
      /** Keys are text where they are valid UTF-8, else `hex:…`; over 128 bytes `sha256:…`. */
      readonly token?: string | undefined
      readonly session?: string | undefined
      readonly via?: string | undefined
      /** Length of the replacement of the message. */
      readonly replacedBy?: number | undefined
      /** Reason of a reject, or a failure with the author's file and line. */
      readonly why?: string | undefined
      /** Reply of a reject. */
      readonly reply?: string | undefined
    }
    /** Effects of the handler beside its verdict, in order. */
    readonly effects: readonly ({
      readonly kind: 'reply' | 'send' | 'prelude' | 'startTls'
      readonly length: number
      /** In hex, truncated at 4096 bytes. */
      readonly bytes: string
    } | {
      readonly kind: 'set'
      readonly field: string
      /** Omitted for a secret field. */
      readonly value?: string | undefined
    } | {
      readonly kind: 'log'
      readonly level: string
      readonly text: string
      /** Line of the author's code. */
      readonly at?: string | undefined
    } | {
      readonly kind: 'pin'
      readonly key: string
    } | {
      readonly kind: 'serverRefused'
      readonly text: string
    } | {
      readonly kind: 'idleTimeout'
      readonly ms: number
    } | {
      readonly kind: 'pass' | 'drop'
      readonly count: number
      readonly at?: string | undefined
    })[]
  } | undefined
  readonly frames: readonly ({
    readonly offset: number
    /** Length of the frame; it may exceed the given bytes. */
    readonly length: number
    /** True if the extension inspects it. */
    readonly seen: boolean
    /** Reason for `seen`. `keys`: the keys that the extension declares have decided in its place. `stream`: the extension frames this side itself, and the frame is the subject of one verdict. */
    readonly why: 'handler' | 'keys' | 'no-handler' | 'only' | 'piped' | 'stream'
    /** Number of its bytes that enter the sandbox. */
    readonly entered: number
    readonly answer?: {
      readonly verdict: {
        /** `pass`, `more` and `pipe` are verdicts about a stream, and so is a `drop` with a count. */
        readonly op: 'forward' | 'drop' | 'reject' | 'malformed' | 'threw' | 'pass' | 'more' | 'pipe' | 'split'
        /** For `pass`, and `drop` of a stream: bytes. For `more`: further bytes needed beyond those shown. */
        readonly count?: number | undefined
        /** Line of the author's code that created the verdict, or threw: `file.ts:12:5`. */
        readonly at?: string | undefined
        readonly then?: 'continue' | 'pipe' | 'tunnel' | undefined
        /** Keys are text where they are valid UTF-8, else `hex:…`; over 128 bytes `sha256:…`. */
        readonly token?: string | undefined
        readonly session?: string | undefined
        readonly via?: string | undefined
        /** Length of the replacement of the message. */
        readonly replacedBy?: number | undefined
        /** Reason of a reject, or a failure with the author's file and line. */
        readonly why?: string | undefined
        /** Reply of a reject. */
        readonly reply?: string | undefined
      }
      /** Effects of the handler beside its verdict, in order. */
      readonly effects: readonly ({
        readonly kind: 'reply' | 'send' | 'prelude' | 'startTls'
        readonly length: number
        /** In hex, truncated at 4096 bytes. */
        readonly bytes: string
      } | {
        readonly kind: 'set'
        readonly field: string
        /** Omitted for a secret field. */
        readonly value?: string | undefined
      } | {
        readonly kind: 'log'
        readonly level: string
        readonly text: string
        /** Line of the author's code. */
        readonly at?: string | undefined
      } | {
        readonly kind: 'pin'
        readonly key: string
      } | {
        readonly kind: 'serverRefused'
        readonly text: string
      } | {
        readonly kind: 'idleTimeout'
        readonly ms: number
      } | {
        readonly kind: 'pass' | 'drop'
        readonly count: number
        readonly at?: string | undefined
      })[]
    } | undefined
    /** Present for a message that selects the server; each such message is explained as if it came next. */
    readonly decision?: LbExplanation | undefined
  })[]
  /** Bytes after the last frame. */
  readonly rest?: {
    readonly offset: number
    readonly length: number
    /** `limit`: an explanation ends after 1000 frames or 5 s. */
    readonly why: 'incomplete' | 'malformed' | 'too-large' | 'piped' | 'after-end' | 'limit'
  } | undefined
  /** Rules that were looked at, in order. Only the client, its requests and the messages of the explained bytes are. */
  readonly rules: readonly ({
    readonly rule: string
    readonly phase: 'connect' | 'tls-hello' | 'hello' | 'request' | 'first-message' | 'message' | 'reply'
    readonly action: 'log' | 'throttle' | 'skip' | 'challenge' | 'ban' | 'block'
    /** It has no effect. */
    readonly simulated: boolean
    /** Its expression is true. */
    readonly applies: boolean
    /** No further rule of the phase is looked at. */
    readonly ends: boolean
    /** Number of the message, from 1; 0 for the client or the request itself. */
    readonly message: number
    /** Values that it looks at; missing ones are left out. `(hidden)` stands for what could be a secret or a payload. Only of the first 1,000 rules. */
    readonly fields?: Readonly<Record<string, string | number | boolean | readonly (string)[]>> | undefined
  })[]
  /** The edge function of an HTTP request, or of the request for a WebSocket, which decides in an isolate of its own; omitted if no trigger is about it. */
  readonly edge?: {
    /** The most specific trigger. */
    readonly trigger: string
    /** Omitted if the trigger names none. */
    readonly edgeFunction?: string | undefined
    readonly decision?: 'allow' | 'respond' | 'failed' | undefined
    /** Status that the client gets. */
    readonly status?: number | undefined
    readonly failure?: 'threw' | 'no-response' | 'unresolved' | 'body' | 'fetch' | 'too-large' | 'timeout' | 'starved' | 'memory' | 'lost' | 'crash' | 'invalid' | 'busy' | 'down' | undefined
    /** The message of the failure. */
    readonly reason?: string | undefined
  } | undefined
  /** The access rule that decides about the address; omitted if none does. */
  readonly access?: {
    readonly rule: string
    /** `allow`: nothing refuses the client, and no limit counts it. */
    readonly action: 'allow' | 'block' | 'challenge'
  } | undefined
  /** How the controls against floods take a client that connects now. Nothing is counted. Omitted for bytes of a server. */
  readonly floods?: {
    /** The user vserver is in defence mode, in the worker that explains. */
    readonly defending: boolean
    /** Nothing refuses or suspects the address: `exemptFrom` has it, or an access rule allows it. */
    readonly exempt: boolean
    /** The address has had a good session. */
    readonly knownGood: boolean
    /** Threat score of the address. */
    readonly threat: number
    /** What would refuse the connection, or challenge the request: a number, `security-level` or `defence-mode`; omitted if nothing does. */
    readonly control?: string | undefined
    readonly detail?: string | undefined
    /** Controls that are on and depend on times, or on what the connection does later: no capture shows them. */
    readonly undecided: readonly ('D001' | 'D002' | 'D003' | 'D004' | 'D005' | 'D006' | 'D007' | 'D008' | 'D009' | 'D010' | 'D011' | 'D012' | 'D013' | 'D014' | 'D015' | 'D016' | 'D017' | 'D018' | 'D019' | 'D020' | 'D021' | 'D022' | 'D023' | 'D024' | 'D025' | 'D026' | 'D027' | 'D028' | 'D029')[]
  } | undefined
  /** Rate limits that were looked at, in order. Nothing is counted. */
  readonly rateLimits: readonly ({
    /** As of rules. */
    readonly message: number
    readonly rateLimit: string
    readonly phase: 'connect' | 'tls-hello' | 'hello' | 'request' | 'first-message' | 'message' | 'reply'
    readonly action: 'log' | 'block' | 'throttle' | 'ban'
    /** It has no effect. */
    readonly simulated: boolean
    /** It is about this. */
    readonly applies: boolean
    /** What has the counter: values of `by`. Those that may be private are hashes. */
    readonly key: string
    /** What it has counted, in the worker that explains. */
    readonly counted: number
    readonly limit: number
    /** One more would be over the limit, or its action goes on. */
    readonly over: boolean
  })[]
  /** Counters of the extension over all messages. */
  readonly counters: Readonly<Record<string, number>>
  /** Entries into the sandbox. */
  readonly crossings: number
  readonly outcome: {
    /** `waiting`: for a first message; `pipe`: this direction is no longer inspected; `tunnel`: neither direction is. */
    readonly becomes: 'waiting' | 'open' | 'pipe' | 'tunnel' | 'closed'
    readonly reason?: 'client-closed' | 'server-closed' | 'client-reset' | 'server-reset' | 'rejected' | 'protocol-error' | 'first-message-timeout' | 'idle-timeout' | 'extension-error' | 'extension-down' | 'no-service' | 'session-unknown' | 'dial-failed' | 'first-reply-timeout' | 'reply-missing' | 'reply-unexpected' | 'service-down' | 'not-allowed' | 'rule' | 'function' | 'function-failed' | 'rate-limit' | 'banned' | 'limit' | 'flood' | 'challenged' | 'no-protocol' | 'proxy-failed' | 'proxy-silent' | 'tls-failed' | 'clear-after-start-tls' | 'http-failed' | 'upgrade-refused' | 'client-unverified' | 'draining' | 'rebalanced' | 'shutdown' | 'killed' | 'worker-lost' | 'internal-error' | undefined
    /** For a connection that fails open: why the extension is unavailable. */
    readonly detail?: string | undefined
    /** The protocol's goodbye to the client. */
    readonly goodbye?: string | undefined
    /** The service of the client. */
    readonly service?: string | undefined
    /** Present if the client is tunnelled because the extension is unavailable (`failOpen`). */
    readonly failedOpen?: true | undefined
    /** Choice of the server for such a connection, if no frame had selected it. */
    readonly decision?: LbExplanation | undefined
  }
}

/** Choice of an LB vserver. */
export type LbExplanation = {
  readonly lbVserver: string
  readonly state: 'enabled' | 'disabled'
  readonly method: string
  /** Source of the candidates' order. */
  readonly order: string
  /** Name, path and field of the GLB that the client matches; omitted where none decided. */
  readonly rule?: {
    readonly pattern: string
    readonly path?: string | undefined
    readonly field?: string | undefined
  } | undefined
  /** The GLB that led the client to this LB vserver; omitted without one. */
  readonly glb?: {
    readonly glb: string
    readonly steering: string
    /** Omitted without a key, or without affinity. */
    readonly session?: {
      readonly key: string
      /** Pool of the affinity's entry; omitted without an entry. */
      readonly entry?: string | undefined
      /** True if the entry decides. */
      readonly used: boolean
    } | undefined
    /** Types of the affinity that were asked, in order. */
    readonly persistence: readonly ({
      readonly type: 'user-session' | 'source-ip' | 'ssl-session' | 'cookie' | 'rule'
      /** Omitted without a key, and for a cookie that names the service itself. */
      readonly key?: string | undefined
      /** Service, or pool, of the entry or the cookie; omitted if there is none. */
      readonly entry?: string | undefined
      /** True if it decides. */
      readonly used: boolean
      /** Why it does not decide. */
      readonly why?: string | undefined
    })[]
    /** Pools, in the order of the configuration. */
    readonly pools: readonly ({
      readonly pool: string
      /** Services of the pool that can take the client. */
      readonly available: number
      readonly minimumUp: number
      /** Average time in which its services pass their probes; omitted where it is not known. */
      readonly latencyMs?: number | undefined
      /** `out`: it has too few services. `spare`: another pool was chosen. */
      readonly verdict: 'chosen' | 'out' | 'spare'
    })[]
    /** The fallback pool. */
    readonly fallback?: {
      readonly pool: string
      readonly chosen: boolean
    } | undefined
  } | undefined
  /** The bound services, by priority, in the method's order. */
  readonly candidates: readonly ({
    readonly service: string
    readonly weight: number
    /** Tier: lower ones come first. */
    readonly priority: number
    /** Open connections and dials, of all workers; of the others as they were up to 0.25 s ago. */
    readonly connections: number
    /** `spare`: not considered, because an earlier one can take the client. */
    readonly verdict: 'proposed' | 'skipped' | 'spare'
    /** Reason for skipping it. `sessions-only`: it is about to be disabled, and only clients with a session get it. `suspect`: a dial failed recently. `overfull`: a rebalance gives clients to the others. `unknown`: it is new here, or failing, and its monitors have no verdict yet. */
    readonly why?: 'removed' | 'disabled' | 'draining' | 'sessions-only' | 'down' | 'full' | 'tried' | 'suspect' | 'unknown' | 'overfull' | undefined
  })[]
  /** Omitted without `spillover`. */
  readonly spillover?: {
    /** Connections of its services. */
    readonly connections: number
    readonly limit: number
    /** True if this client goes to the backup for that. */
    readonly spilled: boolean
  } | undefined
  /** Clients that wait on this worker; omitted without `queue`. A client that `limit` refuses waits if there is room. */
  readonly queue?: {
    readonly waiting: number
    readonly limit: number
  } | undefined
  /** Omitted without a key, or without persistence. */
  readonly session?: {
    readonly key: string
    /** Service of the persistence entry; omitted without an entry. */
    readonly entry?: string | undefined
    /** True if the entry decides. */
    readonly used: boolean
  } | undefined
  /** Types of persistence that were asked, in order: the last one found the service, or `why` says why none did. */
  readonly persistence: readonly ({
    readonly type: 'user-session' | 'source-ip' | 'ssl-session' | 'cookie' | 'rule'
    /** Omitted without a key, and for a cookie that names the service itself. */
    readonly key?: string | undefined
    /** Service, or pool, of the entry or the cookie; omitted if there is none. */
    readonly entry?: string | undefined
    /** True if it decides. */
    readonly used: boolean
    /** Why it does not decide. */
    readonly why?: string | undefined
  })[]
  /** The chosen service. */
  readonly service?: string | undefined
  readonly by?: 'session' | 'method' | undefined
  /** Reason for no service and no backup. */
  readonly refusal?: 'no-service' | 'limit' | undefined
  /** Choice of the backup, if this LB vserver has no available service, or spills over. */
  readonly backup?: LbExplanation | undefined
}

export type TraceStatus = {
  /** `calls`: each call of the author's handlers with its exception; `verdicts`: also its result, with the line of the author's code. */
  readonly level: 'off' | 'calls' | 'verdicts'
  readonly filter: {
    /** Only clients from this address, `127.0.0.1`, or this address and port, `127.0.0.1:50123` or `[::1]:50123`. */
    readonly client?: string | undefined
    /** Only connections with this session key, in the notation of the API, including the message that sets it. */
    readonly session?: string | undefined
  }
  /** End of the trace, in milliseconds since 1970 (UTC); omitted while it is off. */
  readonly endsAt?: number | undefined
}

/** One call of the author's code. */
export type TraceRecord = {
  /** Number of the worker as in `GET /v1/health`; 0 is the process itself. */
  readonly worker: number
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  /** Version of the extension. */
  readonly version: number
  readonly userVserver: string
  /** Id of the connection. */
  readonly connection: string
  readonly client: string
  readonly session?: string | undefined
  /** `data`: a chunk of a stream, for which `onData` was called until all of it was decided. `keys`: a message that the declared keys decided, without a call and without a crossing. */
  readonly call: 'connect' | 'message' | 'keys' | 'data' | 'goodbye' | 'close' | 'unanswered'
  readonly side?: 'client' | 'server' | undefined
  /** Length of the whole message; for a chunk, the number of undecided bytes shown. */
  readonly frameLength?: number | undefined
  /** The call's entry into the sandbox: its number of calls of the author's code, and its total time. */
  readonly crossing: {
    readonly calls: number
    readonly microseconds: number
  }
  /** Omitted at level `calls`, unless the call threw. */
  readonly verdict?: {
    /** `pass`, `more` and `pipe` are verdicts about a stream, and so is a `drop` with a count. */
    readonly op: 'forward' | 'drop' | 'reject' | 'malformed' | 'threw' | 'pass' | 'more' | 'pipe' | 'split'
    /** For `pass`, and `drop` of a stream: bytes. For `more`: further bytes needed beyond those shown. */
    readonly count?: number | undefined
    /** Line of the author's code that created the verdict, or threw: `file.ts:12:5`. */
    readonly at?: string | undefined
    readonly then?: 'continue' | 'pipe' | 'tunnel' | undefined
    /** Keys are text where they are valid UTF-8, else `hex:…`; over 128 bytes `sha256:…`. */
    readonly token?: string | undefined
    readonly session?: string | undefined
    readonly via?: string | undefined
    /** Length of the replacement of the message. */
    readonly replacedBy?: number | undefined
    /** Reason of a reject, or a failure with the author's file and line. */
    readonly why?: string | undefined
    /** Reply of a reject. */
    readonly reply?: string | undefined
  } | undefined
  /** At level `verdicts`. */
  readonly effects?: readonly ({
    readonly kind: 'reply' | 'send' | 'prelude' | 'startTls'
    readonly length: number
    /** In hex, truncated at 4096 bytes. */
    readonly bytes: string
  } | {
    readonly kind: 'set'
    readonly field: string
    /** Omitted for a secret field. */
    readonly value?: string | undefined
  } | {
    readonly kind: 'log'
    readonly level: string
    readonly text: string
    /** Line of the author's code. */
    readonly at?: string | undefined
  } | {
    readonly kind: 'pin'
    readonly key: string
  } | {
    readonly kind: 'serverRefused'
    readonly text: string
  } | {
    readonly kind: 'idleTimeout'
    readonly ms: number
  } | {
    readonly kind: 'pass' | 'drop'
    readonly count: number
    readonly at?: string | undefined
  })[] | undefined
  /** Present instead of an answer if the guest died during this crossing: the cause. */
  readonly failure?: {
    /** `timeout`: `batchTimeoutMs`; `memory`: `heapMb`; `lost`: the guest did not return and was abandoned. */
    readonly kind: 'timeout' | 'memory' | 'lost' | 'crash'
    readonly message: string
  } | undefined
}

/** The changes are applied. */
export type TransactionDone = {
  /** Number of the running configuration; unchanged if the changes have no effect. */
  readonly revision: number
  /** Number of applied changes. */
  readonly changes: number
}

/** The commands were run. */
export type ExecDone = {
  /** Number of the running configuration. */
  readonly revision: number
  /** Commands that were run, beside those that show something. */
  readonly changes: number
  /** What commands have shown, in their order. */
  readonly results: readonly ({
    /** Line of the command. */
    readonly line: number
    /** Its verb and object: `show lb vserver`. */
    readonly command: string
    /** For people. */
    readonly text: string
    /** The same for programs. */
    readonly data: unknown
    /** How often a terminal shows it, as asked with `-ntimes`. */
    readonly repeat?: {
      /** 0 is without end. */
      readonly times: number
      readonly seconds: number
    } | undefined
  })[]
  /** Commands of NetScaler, and options of them, that Weir has no counterpart for. */
  readonly skipped: readonly ({
    /** Line of the command. */
    readonly line: number
    /** The words that it begins with, or its verb, object and option. */
    readonly command: string
    /** Why it is outside of Weir's world. */
    readonly reason: string
  })[]
}

/** Completions of a line. */
export type Completions = {
  /** Words that could stand at the end of the line, 200 at most. */
  readonly candidates: readonly (string)[]
  /** The part of the line that they replace. */
  readonly replaced: string
}

/** A token, without its secret. */
export type ApiToken = {
  readonly name: string
  /** The part of its text between the underscores, which is no secret: it tells which token was found somewhere. */
  readonly id: string
  readonly role: 'read' | 'operate' | 'admin'
  /** Beginnings of the names of the entities that it may write. */
  readonly scopes?: readonly (string)[] | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  /** ISO 8601 in UTC. */
  readonly createdAt: string
  /** ISO 8601 in UTC. */
  readonly rotatedAt?: string | undefined
  /** ISO 8601 in UTC. */
  readonly expiresAt?: string | undefined
  readonly expired: boolean
  /** Saved once a minute at most. */
  readonly lastUsedAt?: string | undefined
  /** The secret before the last rotation, while it is valid. */
  readonly previous?: {
    readonly id: string
    /** ISO 8601 in UTC. */
    readonly expiresAt: string
  } | undefined
}

export type ApiTokens = {
  readonly items: readonly (ApiToken)[]
}

/** A new token, or a new secret of one. */
export type NewApiToken = {
  readonly name: string
  /** The part of its text between the underscores, which is no secret: it tells which token was found somewhere. */
  readonly id: string
  readonly role: 'read' | 'operate' | 'admin'
  /** Beginnings of the names of the entities that it may write. */
  readonly scopes?: readonly (string)[] | undefined
  /** A remark; Weir ignores it. */
  readonly comment?: string | undefined
  /** ISO 8601 in UTC. */
  readonly createdAt: string
  /** ISO 8601 in UTC. */
  readonly rotatedAt?: string | undefined
  /** ISO 8601 in UTC. */
  readonly expiresAt?: string | undefined
  readonly expired: boolean
  /** Saved once a minute at most. */
  readonly lastUsedAt?: string | undefined
  /** The secret before the last rotation, while it is valid. */
  readonly previous?: {
    readonly id: string
    /** ISO 8601 in UTC. */
    readonly expiresAt: string
  } | undefined
  /** The text to send: `Authorization: Bearer <token>`. It is shown only here; Weir keeps a hash of it. */
  readonly token: string
}

/** An entry of the audit log. */
export type AuditEntry = {
  /** Rises by one. */
  readonly id: number
  /** ISO 8601 in UTC. */
  readonly time: string
  /** `token:NAME`; `loopback` without a token; `admin-token` for the one of `--token-file`; `socket:uid:N`; `certificate:NAME`; `reload` for a file that was read again; `start` for a start that replaced the saved configuration; `nobody` for a failed authentication. */
  readonly who: string
  /** Its role. */
  readonly role?: 'read' | 'operate' | 'admin' | undefined
  /** Address of the client; `socket`; or `process`. */
  readonly from: string
  readonly method?: string | undefined
  /** Path of the route: `/v1/services/{name}`. */
  readonly path?: string | undefined
  /** As in the line of the log: `patch`, `drain`, `exec`, `create-token`, `authenticate`. */
  readonly action: string
  readonly collection?: string | undefined
  /** The entity, token, job or connection. */
  readonly name?: string | undefined
  /** HTTP status. */
  readonly status?: number | undefined
  /** `ok`, or the code of the error. */
  readonly code: string
  /** Verbs and objects of commands, or the reason of a refusal. */
  readonly detail?: string | undefined
  /** Number of the configuration that it made. */
  readonly revision?: number | undefined
  /** What it changed in the configuration. */
  readonly changes?: readonly ({
    readonly collection: 'extensions' | 'userProtocols' | 'certkeys' | 'monitors' | 'services' | 'serviceGroups' | 'lbVservers' | 'glbs' | 'userVservers' | 'geoDatabases' | 'lists' | 'accessRules' | 'lockdowns' | 'userAgentRules' | 'rules' | 'edgeFunctions' | 'triggers' | 'rateLimits' | 'managedChecks'
    readonly name: string
    readonly action: 'created' | 'changed' | 'deleted'
    readonly fields: readonly ({
      /** As in `tls.minVersion`. */
      readonly path: string
      /** As JSON; long values are shortened. */
      readonly from?: string | undefined
      /** As JSON; long values are shortened. */
      readonly to?: string | undefined
      /** It changed, and its values are secret. */
      readonly secret?: true | undefined
    })[]
  })[] | undefined
  /** Changed entities and fields that are left out of `changes`. */
  readonly more?: number | undefined
  /** Like ones that this entry stands for, itself included. */
  readonly count?: number | undefined
}

export type AuditEntries = {
  /** The newest first. */
  readonly items: readonly (AuditEntry)[]
  /** `before` of the next page; left out on the last one. */
  readonly next?: number | undefined
}

export type LogLevel = {
  /** Lines below this level are not written. */
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
}

/** This description of the API (OpenAPI 3.1). */
export type OpenApiDocument = {
  readonly openapi: string
}
