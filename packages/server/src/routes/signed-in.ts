import type { Caller } from '@vitrine/domain/people/caller'
import { fail } from '@vitrine/domain/errors'
import type { Context } from 'hono'
import type { ServerEnv } from '../env.ts'

/** The caller of an operation that needs one; the guard has refused everybody else before. */
export const signedIn = (c: Context<ServerEnv>): Caller => c.var.caller ?? fail('UserRequired', {})
