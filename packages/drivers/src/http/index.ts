export { GuardedFetch, type GuardedFetchOptions } from './guarded-fetch.ts'
export type { OwnService } from './own-services.ts'
