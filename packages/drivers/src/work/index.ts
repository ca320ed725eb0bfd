export { WorkFolder } from './work-folder.ts'
export { KeptCopiesFolder } from './kept-copies.ts'
