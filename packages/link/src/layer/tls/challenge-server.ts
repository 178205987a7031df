import { Server as TlsServer } from 'node:tls'
import { closeSoon } from '../http/refuse.ts'
import type { ChallengeCertificate, Challenges } from '../challenges.ts'
import { ACME_TLS } from './client-hello.ts'
import { alerts, handshakeOf, type HelloRefusal, shownName } from './handshake.ts'

const servers = new WeakMap<ChallengeCertificate, TlsServer>()

/** Returns the server for an authority that validates a name, or why there is none. */
export const challengeServerFor = (serverName: string, challenges: Challenges): TlsServer | HelloRefusal => {
  const certificate = challenges.certificateFor(serverName)
  if (certificate !== undefined) return serverOf(certificate)
  return {
    message: `it validates ${shownName(serverName)} for a certificate, and none is being ordered for that name`,
    alert: alerts.noApplicationProtocol
  }
}

/** It asks for no certificate. */
const serverOf = (certificate: ChallengeCertificate): TlsServer => {
  const known = servers.get(certificate)
  if (known !== undefined) return known
  const { cert, key } = certificate
  const server = new TlsServer({ cert, key, ALPNProtocols: [ACME_TLS], minVersion: 'TLSv1.2' })
  server.on('secureConnection', socket => {
    socket.on('error', () => {})
    handshakeOf(socket)?.validated()
    // The handshake was all (RFC 8737 §3).
    closeSoon(socket)
  })
  server.on('tlsClientError', (error, socket) => {
    const handshake = handshakeOf(socket)
    socket.destroy()
    handshake?.failed(error, socket)
  })
  servers.set(certificate, server)
  return server
}
