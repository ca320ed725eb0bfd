import type { InstanceDocument } from '@vitrine/contract/instance'
import type { HandlersFor } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { poolDelete } from './pool-delete.ts'
import { poolList } from './pool-list.ts'
import { poolPut } from './pool-put.ts'
import { poolRead } from './pool-read.ts'
import { poolSave } from './pool-save.ts'
import { poolStats } from './pool-stats.ts'

export const poolHandlers = { poolDelete, poolList, poolPut, poolRead, poolSave, poolStats } satisfies HandlersFor<
  InstanceDocument,
  'pools',
  ServerEnv
>
