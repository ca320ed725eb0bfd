export { GuardedFetch, type GuardedFetchOptions } from './guarded-fetch.ts'
export { GuardedAgent, guardedAgents, type GuardedAgentOptions, type GuardedAgents } from './guarded-agent.ts'
export type { OwnService } from './own-services.ts'
