import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'

export const rightPresetDelete: Handler<InstanceDocument, 'rightPresetDelete', ServerEnv> = async ({ params, query, c }, reply) => {
  const removed = await c.var.tenant.rights.remove(signedIn(c), params.context, params.presetId, query.confirm === 'delete')
  return removed ? reply.json(200, { status: { acknowledged: 'ok' } }) : reply.json(202, question())
}

function question() {
  const message = 'Entries of access lists follow this preset. Delete it all the same?'
  return { tasks: [{ title: 'Preset in use', message, buttons: [{ text: 'Cancel' }, { text: 'Delete', name: 'confirm', value: 'delete' }] }] }
}
