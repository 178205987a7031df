export { RedisStore } from './redis-store.ts'
export type { RedisSecrets } from './redis-link.ts'
