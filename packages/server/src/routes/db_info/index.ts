import type { InstanceDocument } from '@vitrine/contract/instance'
import type { HandlersFor } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { dbInfoCreate } from './db-info-create.ts'
import { dbInfoUpdate } from './db-info-update.ts'

export const dbInfoHandlers = { dbInfoCreate, dbInfoUpdate } satisfies HandlersFor<InstanceDocument, 'db_info', ServerEnv>
