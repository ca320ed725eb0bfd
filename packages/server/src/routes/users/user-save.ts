/** One way of saving under two methods; a document without an id makes a new user under either. */
import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { isTrue } from '../booleans.ts'
import { signedIn } from '../signed-in.ts'

export const userSave: Handler<InstanceDocument, 'userSave', ServerEnv> = async ({ body, query, c }, reply) => {
  const result = await c.var.tenant.users.save(signedIn(c), body, optionsOf(query))
  return 'users' in result ? reply.json(200, result.users) : reply.json(202, passwordQuestion(result.advisedAgainst))
}

export const userCreate: Handler<InstanceDocument, 'userCreate', ServerEnv> = async ({ body, query, c }, reply) => {
  const result = await c.var.tenant.users.save(signedIn(c), body, optionsOf(query))
  return 'users' in result ? reply.json(200, result.users) : reply.json(202, passwordQuestion(result.advisedAgainst))
}

const optionsOf = (query: { confirm?: string | undefined; skip_constraints?: string | undefined }) => ({
  anyPassword: query.confirm === 'ignore_password_requirements',
  skipConstraints: isTrue(query.skip_constraints),
})

function passwordQuestion(names: readonly string[]) {
  const message = `The password is shorter than advised or repeats the login: ${names.join(', ')}. Use it all the same?`
  return {
    tasks: [
      { title: 'Weak password', message, buttons: [{ text: 'Cancel' }, { text: 'Use it', name: 'confirm', value: 'ignore_password_requirements' }] },
    ],
  }
}
