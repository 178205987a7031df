/** Phases of a connection. */
export type Phase = 'first-message' | 'choosing' | 'dialling' | 'open' | 'tunnel' | 'closing'
