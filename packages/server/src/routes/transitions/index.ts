import type { InstanceDocument } from '@vitrine/contract/instance'
import type { HandlersFor } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { transitionList } from './transition-list.ts'
import { transitionSave } from './transition-save.ts'

export const transitionHandlers = { transitionList, transitionSave } satisfies HandlersFor<InstanceDocument, 'transitions', ServerEnv>
