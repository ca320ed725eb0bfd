import type { InstanceDocument } from '@vitrine/contract/instance'
import type { HandlersFor } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { tagList } from './tag-list.ts'
import { tagSave } from './tag-save.ts'

export const tagHandlers = { tagList, tagSave } satisfies HandlersFor<InstanceDocument, 'tags', ServerEnv>
