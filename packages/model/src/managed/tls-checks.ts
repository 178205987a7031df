import type { ManagedGroup } from './group.ts'

/** Checks of TLS handshakes. */
export const tlsChecks: ManagedGroup = {
  text: 'What is suspicious in a TLS handshake.',
  challenges: true,
  rules: [
    {
      id: 'T001',
      text: 'No server name.',
      source: 'RFC 6066 §3',
      shipped: 'simulate',
      expression: 'ssl and not tls.sni ne ""'
    },
    {
      id: 'T002',
      text: 'A Host header with another name than the handshake (domain fronting).',
      source: 'RFC 9110 §7.4',
      shipped: 'block',
      expression: 'ssl and tls.fronted'
    }
  ]
}
