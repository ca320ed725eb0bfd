export { startEmbeddedPostgres, type EmbeddedConnection, type EmbeddedOptions, type EmbeddedServer } from './server.ts'
