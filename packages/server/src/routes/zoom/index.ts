export { zoomHandlers } from './zoom.ts'
