import type { Api } from '../../test/support/api.ts'
import type { Broker } from './brokers.ts'
import type { Certificate } from './certificate.ts'

export interface Ports { readonly mqtt: number, readonly mqtts: number }

/** Create everything between the clients and the brokers through the REST API. */
export const configure = async (
  api: Api,
  brokers: readonly Broker[],
  certificate: Certificate,
  ports: Ports
): Promise<void> => {
  await api.call('createExtension', { body: { name: 'mqtt', builtin: 'mqtt' } })
  await api.call('createUserProtocol', { body: { name: 'MQTT', transport: 'tcp', extension: 'mqtt' } })
  await api.call('createUserProtocol', { body: { name: 'MQTT_SSL', transport: 'ssl', extension: 'mqtt' } })
  for (const { name, port } of brokers) await api.call('createService', { body: { name, address: '127.0.0.1', port } })
  await api.call('createLbVserver', { body: {
    name: 'brokers',
    method: 'token',
    persistence: { type: 'user-session', timeoutSeconds: 300 },
    services: brokers.map(({ name }) => ({ name }))
  } })
  await api.call('createCertkey', { body: { name: 'localhost', ...certificate } })
  await api.call('createUserVserver', {
    body: { name: 'mqtt', protocol: 'MQTT', address: '127.0.0.1', port: ports.mqtt, defaultLb: 'brokers' }
  })
  await api.call('createUserVserver', {
    body: {
      name: 'mqtts',
      protocol: 'MQTT_SSL',
      address: '127.0.0.1',
      port: ports.mqtts,
      defaultLb: 'brokers',
      certificates: ['localhost']
    }
  })
}
