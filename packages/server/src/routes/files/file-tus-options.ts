import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { TUS_OFFER } from './tus.ts'

/** Files of each class have a limit of their own, which is told when one is exceeded. */
export const fileTusOptions: Handler<InstanceDocument, 'fileTusOptions', ServerEnv> = (_, reply) => reply.empty(204, TUS_OFFER)
