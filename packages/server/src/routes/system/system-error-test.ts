import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import { fail } from '@vitrine/domain/errors'
import type { ServerEnv } from '../../env.ts'

/** Always fails, so that clients can try how they show a failure. */
export const systemErrorTest: Handler<InstanceDocument, 'systemErrorTest', ServerEnv> = () => fail('Test', {})
