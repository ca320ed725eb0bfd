export { MediaHere, type MediaOptions } from './media-here.ts'
export { MEDIA_LIMITS, type MediaLimits } from './limits.ts'
export { PAGE_DPI } from './pdf.ts'
