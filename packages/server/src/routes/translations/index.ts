import type { InstanceDocument } from '@vitrine/contract/instance'
import type { HandlersFor } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { translationRead } from './translation-read.ts'
import { translationSave } from './translation-save.ts'
import { translationStatic } from './translation-static.ts'

export const translationHandlers = { translationRead, translationSave, translationStatic } satisfies HandlersFor<
  InstanceDocument,
  'translations',
  ServerEnv
>
