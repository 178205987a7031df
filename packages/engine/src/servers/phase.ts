/** Where a connection stands. */
export type Phase = 'first-message' | 'choosing' | 'dialling' | 'open' | 'tunnel' | 'closing'
