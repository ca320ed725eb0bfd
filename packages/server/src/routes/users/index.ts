import type { InstanceDocument } from '@vitrine/contract/instance'
import type { HandlersFor } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { userChangePassword } from './user-change-password.ts'
import { userDelete } from './user-delete.ts'
import { userList } from './user-list.ts'
import { userRead } from './user-read.ts'
import { userCreate, userSave } from './user-save.ts'
import { userSession } from './user-session.ts'

export const userHandlers = { userChangePassword, userCreate, userDelete, userList, userRead, userSave, userSession } satisfies HandlersFor<
  InstanceDocument,
  'users',
  ServerEnv
>
