export { DEAD_LETTERS, installQueue, PgBossQueue, QUEUE_SCHEMA, type PgBossQueueOptions } from './pg-boss-queue.ts'
export { MemoryQueue, type MemoryJob } from './memory-queue.ts'
