import type { InstanceDocument } from '@vitrine/contract/instance'
import type { HandlersFor } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { objectDelete } from './object-delete.ts'
import { objectList } from './object-list.ts'
import { objectReadByGlobalId } from './object-read-by-global-id.ts'
import { objectReadBySystemId } from './object-read-by-system-id.ts'
import { objectRead } from './object-read.ts'
import { objectSave } from './object-save.ts'

export const objectHandlers = {
  objectDelete,
  objectList,
  objectRead,
  objectReadByGlobalId,
  objectReadBySystemId,
  objectSave,
} satisfies HandlersFor<InstanceDocument, 'objects', ServerEnv>
