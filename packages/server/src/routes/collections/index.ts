import type { InstanceDocument } from '@vitrine/contract/instance'
import type { HandlersFor } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { collectionChildren } from './collection-children.ts'
import { collectionDelete } from './collection-delete.ts'
import { collectionListPut } from './collection-list-put.ts'
import { collectionList } from './collection-list.ts'
import { collectionMemberList } from './collection-member-list.ts'
import { collectionMemberPush } from './collection-member-push.ts'
import { collectionMemberRemove } from './collection-member-remove.ts'
import { collectionMemberReplace } from './collection-member-replace.ts'
import { collectionMemberSplice } from './collection-member-splice.ts'
import { collectionPut } from './collection-put.ts'
import { collectionRead } from './collection-read.ts'
import { collectionSave } from './collection-save.ts'
import { collectionUpdate } from './collection-update.ts'

export const collectionHandlers = {
  collectionChildren,
  collectionDelete,
  collectionListPut,
  collectionList,
  collectionMemberList,
  collectionMemberPush,
  collectionMemberRemove,
  collectionMemberReplace,
  collectionMemberSplice,
  collectionPut,
  collectionRead,
  collectionSave,
  collectionUpdate,
} satisfies HandlersFor<InstanceDocument, 'collections', ServerEnv>
