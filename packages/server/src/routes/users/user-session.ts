import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import { fail } from '@vitrine/domain/errors'
import type { ServerEnv } from '../../env.ts'
import { presentedToken } from '../../middleware/caller.ts'

/** Everything a client needs to know after signing in, in one answer. */
export const userSession: Handler<InstanceDocument, 'userSession', ServerEnv> = async ({ c }, reply) => {
  const caller = c.var.caller ?? fail('InvalidToken', {})
  const { users, domain, events } = c.var.tenant
  const [user, newest] = await Promise.all([users.read(caller, caller.userId, false), events.newest()])
  const guest = caller.type === 'anonymous'
  return reply.json(200, {
    access_token: presentedToken(c) ?? '',
    user,
    groups: user._groups ?? [],
    config: { system: {}, plugin: {} },
    frontend_language: caller.language,
    frontend_locale: { name: caller.language },
    database_locales: ['en-US', 'de-DE'].map((name) => ({ name })),
    system_rights: Object.fromEntries(Object.entries(caller.systemRights).map(([name, parameters]) => [name, { ...parameters }])),
    authentication_methods: [{ method: 'easydb' }],
    ...(guest ? {} : { authenticated: { method: 'easydb', timestamp: caller.signedInAt.toISOString(), client_id: caller.clientId } }),
    current_max_event_id: newest,
    instance: { name: domain },
  })
}
