import type { InstanceDocument } from '@vitrine/contract/instance'
import type { HandlersFor } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { fileChange } from './file-change.ts'
import { fileDownload } from './file-download.ts'
import { fileDownloadHead } from './file-download-head.ts'
import { fileList } from './file-list.ts'
import { fileRead } from './file-read.ts'
import { fileUpload } from './file-upload.ts'
import { fileUploadPost } from './file-upload-post.ts'

export const fileHandlers = {
  fileChange,
  fileDownload,
  fileDownloadHead,
  fileList,
  fileRead,
  fileUpload,
  fileUploadPost,
} satisfies HandlersFor<InstanceDocument, 'files', ServerEnv>
