export * from './operation-table.ts'
export { errorRegister, type ErrorCode, type ErrorDefinition, type ErrorParameters } from './gen/errors.ts'
