import type { InstanceDocument } from '@vitrine/contract/instance'
import type { HandlersFor } from '@vitrine/contract/handlers'
import type { ServerEnv } from '../../env.ts'
import { fileChange } from './file-change.ts'
import { fileDownload } from './file-download.ts'
import { fileDownloadEntry } from './file-download-entry.ts'
import { fileDownloadEntryHead } from './file-download-entry-head.ts'
import { fileDownloadHead } from './file-download-head.ts'
import { fileImport } from './file-import.ts'
import { fileImportBulk } from './file-import-bulk.ts'
import { fileList } from './file-list.ts'
import { fileProduce } from './file-produce.ts'
import { fileProduceConfig } from './file-produce-config.ts'
import { fileProduceConfigSave } from './file-produce-config-save.ts'
import { fileRead } from './file-read.ts'
import { fileTusCreate } from './file-tus-create.ts'
import { fileTusDelete } from './file-tus-delete.ts'
import { fileTusOptions } from './file-tus-options.ts'
import { fileTusRead } from './file-tus-read.ts'
import { fileTusUploadOptions } from './file-tus-upload-options.ts'
import { fileTusWrite } from './file-tus-write.ts'
import { fileResync } from './file-resync.ts'
import { fileUpload } from './file-upload.ts'
import { fileUploadPost } from './file-upload-post.ts'

export const fileHandlers = {
  fileChange,
  fileDownload,
  fileDownloadEntry,
  fileDownloadEntryHead,
  fileDownloadHead,
  fileImport,
  fileImportBulk,
  fileList,
  fileProduce,
  fileProduceConfig,
  fileProduceConfigSave,
  fileRead,
  fileTusCreate,
  fileTusDelete,
  fileTusOptions,
  fileTusRead,
  fileTusUploadOptions,
  fileTusWrite,
  fileResync,
  fileUpload,
  fileUploadPost,
} satisfies HandlersFor<InstanceDocument, 'files', ServerEnv>
