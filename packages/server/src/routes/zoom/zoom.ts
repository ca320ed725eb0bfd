/** Tiles of images. The addresses differ in what stands in their path; what is done is the same for all of them. */
import type { InstanceDocument, InstanceOperations } from '@vitrine/contract/instance'
import type { Call, Handler, Reply } from '@vitrine/contract/handlers'
import { DEFAULT_TILE, zoomTile } from '@vitrine/domain/iiif/zoom-tile'
import type { ServerEnv } from '../../env.ts'
import { nodeBody } from '../../http/node-body.ts'
import { foundImage, type ImageParams } from '../files/asked-image.ts'

type ZoomId = Extract<keyof InstanceOperations, `fileZoom${string}`>
type ZoomCall = Call<InstanceDocument, 'fileZoom', ServerEnv>
type ZoomParams = ZoomCall['params'] & ImageParams & { readonly zoom_tile_size?: number }

const zoom = <K extends ZoomId>(): Handler<InstanceDocument, K, ServerEnv> =>
  (async (
    { params, query, headers, c }: ZoomCall & { readonly params: ZoomParams },
    reply: Reply<InstanceDocument['operations']['fileZoom'], 'fileZoom'>,
  ) => {
    const { zoom_viewport: viewport, zoom_tile_size: tile = DEFAULT_TILE, zoom_x: x, zoom_y: y, format } = params
    const request = `${viewport}-${tile}-${x}-${y}-${format}`
    const found = await foundImage(c, params, query, headers, { request, unknownIsMissing: false })
    if (found.isUnchanged) return reply.empty(304, found.headers)
    const { onDemand } = c.var.tenant
    const recipe = zoomTile({ viewport, tile, x, y, format }, onDemand.sizeOf(found.version))
    const { body, image } = await onDemand.make(found.version, recipe, c.req.raw.signal)
    const told = { ...found.headers, 'Content-Length': image.sizeBytes }
    return reply.raw(200, format === 'png' ? 'image/png' : 'image/jpeg', nodeBody(c, body), told)
  }) as never

export const zoomHandlers = {
  fileZoom: zoom(),
  fileZoomSize: zoom(),
  fileZoomDirect: zoom(),
  fileZoomSizeDirect: zoom(),
  fileZoomSigned: zoom(),
  fileZoomSizeSigned: zoom(),
  fileZoomDirectSigned: zoom(),
  fileZoomSizeDirectSigned: zoom(),
  fileZoomObject: zoom(),
  fileZoomSizeObject: zoom(),
  fileZoomDirectObject: zoom(),
  fileZoomSizeDirectObject: zoom(),
  fileZoomObjectSigned: zoom(),
  fileZoomSizeObjectSigned: zoom(),
  fileZoomDirectObjectSigned: zoom(),
  fileZoomSizeDirectObjectSigned: zoom(),
} satisfies { readonly [K in ZoomId]: Handler<InstanceDocument, K, ServerEnv> }
