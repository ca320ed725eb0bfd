import type { InstanceDocument, Schemas } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import { fail } from '@vitrine/domain/errors'
import type { Deletion } from '@vitrine/domain/objects/delete'
import type { ServerEnv } from '../../env.ts'
import { signedIn } from '../signed-in.ts'

export const objectDelete: Handler<InstanceDocument, 'objectDelete', ServerEnv> = async ({ params, query, body, c }, reply) => {
  const caller = signedIn(c)
  if (query.delete_policy !== undefined) fail('UrlParameterNotSupported', { param: 'delete_policy' })
  const deletion = await c.var.tenant.recordDeleter.delete(params.objecttype, body, caller)
  return deletion.done ? reply.json(200, { policy: '', removed: [...deletion.removed], setnull: [] }) : reply.json(202, dialogueFor(deletion))
}

/** All three ways out are shown, though none of them can be taken until policies are carried out. */
function dialogueFor({ linked }: Extract<Deletion, { done: false }>): Schemas['Dialogue'] {
  const total = linked.reduce((sum, { count }) => sum + count, 0)
  const types = linked.map(({ objecttype, count }) => `${count} of ${objecttype}`).join(', ')
  const option = (text: string, value: string) => ({ text, value, disabled: true })
  const form = {
    ...{ label: 'What shall become of the links?', type: 'options', name: 'delete_policy', horizontal: false },
    options: [
      option(`Delete the ${total} linking records as well`, 'remove'),
      option(`Clear the link in ${total} records`, 'setnull'),
      option('Delete nothing and gather the records in a collection', 'create_collection'),
    ],
  }
  return {
    tasks: [
      {
        title: 'Delete records',
        message: `Other records still link to these or stand below them: ${types}.`,
        form: [form],
        buttons: [{ text: 'Delete', name: 'confirm', value: 'delete' }, { text: 'Cancel' }],
      },
    ],
  }
}
