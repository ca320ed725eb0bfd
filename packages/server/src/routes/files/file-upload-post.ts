import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { fileUpload } from './file-upload.ts'

export const fileUploadPost: Handler<InstanceDocument, 'fileUploadPost', ServerEnv> = (call, reply) => fileUpload(call, reply as never) as never
