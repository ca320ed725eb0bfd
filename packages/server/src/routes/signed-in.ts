/** The caller of an operation that the guard lets nobody reach anonymously. */
import { fail } from '@vitrine/domain/errors'
import type { Caller } from '@vitrine/domain/people/caller'
import type { Context } from 'hono'
import type { ServerEnv } from '../env.ts'

export const signedIn = (c: Context<ServerEnv>): Caller => c.var.caller ?? fail('UserRequired', {})
