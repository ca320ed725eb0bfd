import { fail } from '@vitrine/domain/errors'
import { holds } from '@vitrine/domain/people/caller'
import type { Context } from 'hono'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'

/** Who may change locations sees them, and so does who configures the instance. */
export function demandSight(c: Context<ServerEnv>): void {
  const { systemRights } = signedIn(c)
  if (!holds(systemRights, 'system.location') && !holds(systemRights, 'system.config')) fail('SystemRightRequired', { rights: 'system.location' })
}
