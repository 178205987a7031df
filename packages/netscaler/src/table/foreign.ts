import type { Foreign } from '../grammar/option.ts'

const reasons = (reason: string, ...options: readonly string[]): Foreign =>
  Object.fromEntries(options.map(option => [option, reason]))

/** Options that NetScaler has on many objects. */
const everywhere: Foreign = {
  ...reasons('Weir has no traffic domains', 'td'),
  ...reasons('Weir writes its own log and counters', 'appflowLog'),
  ...reasons(
    'Weir has no profiles of networks and TCP',
    'tcpProfileName',
    'netProfile',
    'httpProfileName',
    'dnsProfileName',
    'lbprofilename',
    'quicProfileName'
  ),
  ...reasons('nodes of a cluster have names, and no groups', 'devno', 'nodegroup')
}

/** Options of services and groups of them. */
export const foreignOfServices: Foreign = {
  ...everywhere,
  ...reasons(
    'it is about HTTP requests that NetScaler rewrites',
    'cip',
    'cipHeader',
    'CKA',
    'TCPB',
    'CMP',
    'cacheable',
    'cacheType',
    'pathMonitor',
    'pathMonitorIndv',
    'RTSPSessionidRemap'
  ),
  ...reasons(
    'Weir connects from its own address; `-proxyProtocol` tells the server the client\'s',
    'usip',
    'useproxyport'
  ),
  ...reasons('Weir has no surge protection', 'sp', 'sc'),
  ...reasons('Weir has no global server load balancing by DNS', 'gslb'),
  ...reasons('the time-outs of clients and servers are limits of the user vserver', 'cltTimeout', 'svrTimeout'),
  ...reasons('Weir has no limits of requests and bandwidth for a service', 'maxReq', 'maxBandwidth'),
  ...reasons('the extension gives the keys', 'CustomServerID', 'serverID', 'hashId', 'hashID'),
  ...reasons(
    'what becomes of clients of a service that goes down is `-downStateFlush` of the LB vserver',
    'downStateFlush'
  ),
  ...reasons(
    'Weir keeps no path per server',
    'processLocal',
    'accessDown',
    'rtspSessionidRemap',
    'clearTextPort',
    'dnsProfile',
    'weight'
  )
}

/** Options of LB vservers. */
export const foreignOfLbVservers: Foreign = {
  ...everywhere,
  ...reasons(
    'the extension gives the keys of persistence and of the method',
    'rule',
    'resRule',
    'persistMask',
    'hashLength',
    'netmask',
    'v6netmasklen',
    'dataLength',
    'dataOffset',
    'Listenpolicy',
    'Listenpriority',
    'tosId',
    'm',
    'redirectPortRewrite'
  ),
  ...reasons('the time-outs of clients are limits of the user vserver', 'cltTimeout'),
  ...reasons(
    'it is about an address of the LB vserver, and Weir\'s has none',
    'range',
    'IPPattern',
    'IPMask',
    'IPSet',
    'icmpVsrResponse',
    'RHIstate',
    'minAutoscaleMembers',
    'maxAutoscaleMembers'
  ),
  ...reasons(
    'it is about protocols other than those of extensions',
    'push',
    'pushVserver',
    'pushLabel',
    'pushMultiClients',
    'sessionless',
    'trofsPersistence',
    'connfailover',
    'redirURL',
    'cacheable',
    'soMethod',
    'soPersistence',
    'soPersistenceTimeOut',
    'soThreshold',
    'soBackupAction',
    'healthThreshold',
    'l2Conn',
    'authn401',
    'authentication',
    'authenticationHost',
    'authnVsName',
    'bypassAAAA',
    'recursionAvailable',
    'macmodeRetainvlan',
    'dbsLb',
    'dns64',
    'mysqlProtocolVersion',
    'mysqlServerVersion',
    'insertVserverIPPort',
    'vipHeader',
    'disablePrimaryOnDown',
    'oracleServerVersion',
    'mssqlServerVersion',
    'newServiceRequest',
    'newServiceRequestIncrementInterval',
    'retainConnectionsOnCluster',
    'probeProtocol',
    'probePort',
    'probeSuccessResponseCode',
    'processLocal',
    'precedence'
  )
}

/** Options of user vservers. */
export const foreignOfUserVservers: Foreign = everywhere

/** Options of certkeys. */
export const foreignOfCertkeys: Foreign = {
  ...reasons('Weir reads PEM files', 'inform', 'bundle', 'fipsKey', 'hsmKey', 'linkCertKeyName'),
  ...reasons(
    'a pass phrase in a command would be a secret in a file; `-passphraseFile` names a file with it',
    'password',
    'passplain',
    'passcrypt',
    'encrypted',
    'encryptmethod',
    'kek',
    'suffix'
  ),
  ...reasons(
    'Weir sends the event certificate-expiring 30, 14, 7, 3 and 1 days before',
    'expiryMonitor',
    'notificationPeriod'
  ),
  ...reasons('Weir watches the files', 'noDomainCheck', 'ocspStaplingCache', 'deleteFromDevice')
}
