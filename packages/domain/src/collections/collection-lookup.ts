import { fail } from '../errors.ts'

export const notFound = (id: number): never => fail('ObjectNotFound', { object: `collection:${id}` })
