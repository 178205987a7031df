export type * from './weir-api.ts'
export type { LogLevel, SessionQuery } from './data-plane.ts'
