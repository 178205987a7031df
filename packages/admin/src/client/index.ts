export { ApiError } from './api-error.ts'
export { WeirClient, type ClientOptions, type Input, type OperationName, type Output } from './client.ts'
export type * from './operations.ts'
