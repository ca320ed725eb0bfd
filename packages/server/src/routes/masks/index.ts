import type { InstanceDocument } from '@vitrine/contract/instance'
import type { HandlersFor } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { maskList } from './mask-list.ts'
import { maskRead } from './mask-read.ts'
import { maskSave } from './mask-save.ts'

export const maskHandlers = { maskList, maskRead, maskSave } satisfies HandlersFor<InstanceDocument, 'masks', ServerEnv>
