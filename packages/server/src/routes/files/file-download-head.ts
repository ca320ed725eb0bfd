import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { fileDownload } from './file-download.ts'

export const fileDownloadHead: Handler<InstanceDocument, 'fileDownloadHead', ServerEnv> = (call, reply) => fileDownload(call, reply as never) as never
