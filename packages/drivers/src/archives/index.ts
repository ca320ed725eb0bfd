export { ZipArchives } from './zip.ts'
