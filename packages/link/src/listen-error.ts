import { endpointText, WeirError } from '@weirlb/model'
import type { ListenOptions } from './transport.ts'

const reasons: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'this machine does not have the address',
  EACCES: 'this user may not use the port',
  ENOTFOUND: 'the name has no address',
  EAI_AGAIN: 'the name cannot be looked up now'
}

/**
 * Returns the error for the operating system's refusal to listen: `code` is the name of its errno, `cause` the thrown
 * value.
 */
export const listenError = (options: ListenOptions, code: string, cause: unknown): WeirError => {
  const where = endpointText(options.address, options.port)
  if (code === 'EADDRINUSE') {
    return new WeirError('address-taken', `cannot listen on ${where}: another program uses this address and port`, {
      cause,
      retry: true
    })
  }
  const why = reasons[code] ?? (cause instanceof Error ? cause.message : code)
  return new WeirError('address-unusable', `cannot listen on ${where}: ${why}`, { cause })
}
