import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { TUS_OFFER } from './tus.ts'

export const fileTusUploadOptions: Handler<InstanceDocument, 'fileTusUploadOptions', ServerEnv> = (_, reply) => reply.empty(204, TUS_OFFER)
