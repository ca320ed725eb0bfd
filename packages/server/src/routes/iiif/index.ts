export { iiifHandlers } from './iiif.ts'
