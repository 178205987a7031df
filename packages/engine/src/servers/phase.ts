/** Phases of a connection. */
export type Phase = 'first-message' | 'choosing' | 'dialling' | 'open' | 'tunnel' | 'closing'

/** True while a client has a server. */
export const isServed = (phase: Phase): boolean => phase === 'open' || phase === 'tunnel'
