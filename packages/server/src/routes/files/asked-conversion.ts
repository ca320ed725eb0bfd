/** A download in another form than the file is stored in: made while the caller waits, and kept nowhere. */
import { contentDisposition } from '@vitrine/domain/files/content-headers'
import type { Deliverable } from '@vitrine/domain/files/delivery'
import { asksForConversion, conversionRecipe, type ConversionWish } from '@vitrine/domain/produce/conversion'
import { IMAGE_TYPES, type ImageRecipe } from '@vitrine/domain/ports/media'
import type { Context } from 'hono'
import type { ServerEnv } from '../../env.ts'
import type { AskedHeaders, AskedParams, AskedQuery } from './asked-version.ts'

export interface Conversion {
  readonly found: Deliverable
  readonly recipe: ImageRecipe
  readonly type: `${string}/${string}`
  readonly headers: { readonly 'Content-Disposition': string; readonly 'Cache-Control': string; readonly 'X-Fylr-Storage-Location': string }
}

/** Null where the bytes are wanted as they are. It takes the right to download, whether it is shown or saved: it may be as large as the file. */
export async function askedConversion(
  c: Context<ServerEnv>,
  params: AskedParams,
  query: AskedQuery & ConversionWish,
  sent: AskedHeaders,
): Promise<Conversion | null> {
  const { recipe, recipe_params, format, size, width, height, resize_mode, crop, quality, dpi } = query
  const wish = { recipe, recipe_params, format, size, width, height, resize_mode, crop, quality, dpi }
  if (!asksForConversion(wish)) return null
  const { delivery, onDemand } = c.var.tenant
  const signature = query['x-fylr-signature'] ?? sent['X-Fylr-Signature'] ?? null
  const found = await delivery.find({ ...params, signature, recordUuid: query.obj_uuid ?? null }, c.var.caller, false)
  delivery.demandBytes(found)
  const { file, version, name } = found
  onDemand.sizeOf(version)
  const asked = conversionRecipe(version, wish, onDemand.writable)
  const type = IMAGE_TYPES[asked.format]
  const disposition = contentDisposition(file, { ...version, extension: asked.format, mimeType: type }, name, query.disposition)
  const place = String(version.locationId ?? 'remote')
  return {
    found,
    recipe: asked,
    type,
    headers: { 'Content-Disposition': disposition, 'Cache-Control': 'private, no-cache', 'X-Fylr-Storage-Location': place },
  }
}
