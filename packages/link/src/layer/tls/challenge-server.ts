import { Server as TlsServer } from 'node:tls'
import { closeSoon } from '../http/refuse.ts'
import type { ChallengeCertificate } from '../challenges.ts'
import { ACME_TLS } from './client-hello.ts'
import { handshakeOf } from './handshake.ts'

const servers = new WeakMap<ChallengeCertificate, TlsServer>()

/** Returns the server for an authority that validates a name. It asks for no certificate, and gives no ticket. */
export const challengeServerOf = (certificate: ChallengeCertificate): TlsServer => {
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
