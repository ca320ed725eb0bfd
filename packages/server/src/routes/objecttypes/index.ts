import type { InstanceDocument } from '@vitrine/contract/instance'
import type { HandlersFor } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { objecttypeList } from './objecttype-list.ts'
import { objecttypeRead } from './objecttype-read.ts'
import { objecttypeSave } from './objecttype-save.ts'
import { objecttypeStats } from './objecttype-stats.ts'

export const objecttypeHandlers = { objecttypeList, objecttypeRead, objecttypeSave, objecttypeStats } satisfies HandlersFor<
  InstanceDocument,
  'objecttypes',
  ServerEnv
>
