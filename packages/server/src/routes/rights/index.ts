import type { InstanceDocument } from '@vitrine/contract/instance'
import type { HandlersFor } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { rightCatalog } from './right-catalog.ts'
import { rightPresetDelete } from './right-preset-delete.ts'
import { rightPresetList } from './right-preset-list.ts'
import { rightPresetRead } from './right-preset-read.ts'
import { rightPresetSave } from './right-preset-save.ts'

export const rightHandlers = { rightCatalog, rightPresetDelete, rightPresetList, rightPresetRead, rightPresetSave } satisfies HandlersFor<
  InstanceDocument,
  'rights',
  ServerEnv
>
