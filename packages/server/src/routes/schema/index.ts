import type { InstanceDocument } from '@vitrine/contract/instance'
import type { HandlersFor } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { schemaCommit } from './schema-commit.ts'
import { schemaRead } from './schema-read.ts'
import { schemaSave } from './schema-save.ts'

export const schemaHandlers = { schemaCommit, schemaRead, schemaSave } satisfies HandlersFor<InstanceDocument, 'schema', ServerEnv>
