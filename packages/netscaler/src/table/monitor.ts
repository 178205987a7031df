import { monitorTypes } from '@weirlb/model'
import { keywords, type Kind } from '../grammar/kind.ts'
import { capitals } from '../words/capitals.ts'
import type { EntityRow } from './entity-row.ts'

/** `TCP`, `HTTP`, `TCP-ECV`, …; NetScaler's TCP-ECV sends and expects bytes. */
const monitorKind = keywords({
  ...Object.fromEntries(monitorTypes.map(type => [capitals(type), type])),
  'TCP-ECV': 'send-expect'
}, [...monitorTypes.map(capitals), 'TCP-ECV'])

/** `-httpRequest "HEAD /ready"`. */
const httpRequest: Kind = {
  synopsis: '<method and path>',
  read: word => {
    const match = /^([A-Za-z]+)\s+(\/\S*)$/.exec(word.trim())
    return match === null
      ? { expected: 'a method and a path, as in "HEAD /"' }
      : { value: { method: match[1]!.toUpperCase(), path: match[2]! } }
  },
  write: () => undefined
}

/** `add lb monitor <name> <type>`. */
export const monitorRow: EntityRow = {
  object: 'lb monitor',
  doc: 'A health probe that services bind.',
  collection: 'monitors',
  component: 'Monitor',
  arguments: [{
    name: 'type',
    kind: monitorKind,
    field: ['type'],
    doc: 'What it sends, and how it judges the server.'
  }],
  options: {
    interval: 'intervalSeconds',
    resptimeout: 'timeoutSeconds',
    retries: 'downAfter',
    successRetries: 'upAfter',
    downTime: 'downSeconds',
    destPort: 'port',
    reverse: 'reverse',
    send: 'send',
    recv: 'expect',
    respCode: 'expectedCodes',
    comment: 'comment'
  },
  extra: [{ name: 'httpRequest', kind: httpRequest, field: [], doc: 'Method and path of the request.' }],
  foreign: {
    units1: 'intervals are in seconds',
    units2: 'intervals are in seconds',
    units3: 'intervals are in seconds',
    units4: 'intervals are in seconds',
    failureRetries: 'every failure in succession counts',
    alertRetries: 'Weir sends events at each change',
    secure: 'types TLS, HTTPS and WSS have TLS',
    destIP: 'a monitor probes the address of the service',
    LRTM: 'Weir has no such method',
    state: 'a monitor that is not bound does not probe',
    deviation: 'intervals are in seconds',
    resptimeoutThresh: 'a probe succeeds or fails',
    ipTunnel: 'Weir has no tunnels',
    tos: 'Weir sets no type of service',
    tosId: 'Weir sets no type of service',
    transparent: 'a monitor probes the address of the service',
    scriptName: 'extensions judge replies: type EXTENSION',
    scriptArgs: 'extensions judge replies: type EXTENSION',
    dispatcherIP: 'extensions judge replies: type EXTENSION',
    dispatcherPort: 'extensions judge replies: type EXTENSION',
    userScript: 'extensions judge replies: type EXTENSION',
    customHeaders: '-headers takes JSON',
    rule: 'extensions judge replies: type EXTENSION',
    action: 'a monitor that fails takes the service down',
    mqttClientIdentifier: 'type EXTENSION with -extension of MQTT',
    mqttVersion: 'type EXTENSION with -extension of MQTT'
  }
}
