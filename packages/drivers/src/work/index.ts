export { WorkFolder } from './work-folder.ts'
