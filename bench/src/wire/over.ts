/** What carries the bytes of a protocol to the proxies. */
export type Over = 'tcp' | 'tls' | 'websocket'
