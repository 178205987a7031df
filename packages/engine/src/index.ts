export type * from './link/byte-link.ts'
export type * from './link/transport.ts'
export type * from './balancing/method.ts'
export type * from './persistence/session-directory.ts'
