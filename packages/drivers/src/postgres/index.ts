export { Database, grantToTenantRole, type DatabaseOptions } from './database.ts'
export { TenantDatabase } from './tenant-database.ts'
export { migrate } from './migrate.ts'
export { PostgresCounters } from './counters.ts'
