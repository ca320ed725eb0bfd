import type { InstanceDocument } from '@vitrine/contract/instance'
import type { HandlersFor } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { groupDelete } from './group-delete.ts'
import { groupList } from './group-list.ts'
import { groupRead } from './group-read.ts'
import { groupPut, groupSave } from './group-save.ts'

export const groupHandlers = { groupDelete, groupList, groupPut, groupRead, groupSave } satisfies HandlersFor<InstanceDocument, 'groups', ServerEnv>
