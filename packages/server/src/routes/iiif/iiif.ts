/**
 * The IIIF Image API 3. The addresses differ in what stands in their path, and in whether the body is wanted; what is done is the same
 * for all of them.
 */
import type { InstanceDocument, InstanceOperations } from '@vitrine/contract/instance'
import type { Call, Handler, Reply } from '@vitrine/contract/handlers'
import { CONTEXT_2, CONTEXT_3, imageInfo, imageInfo2 } from '@vitrine/domain/iiif/image-info'
import { askedImage } from '@vitrine/domain/iiif/image-request'
import { IMAGE_TYPES, type ImageFormat } from '@vitrine/domain/ports/media'
import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import type { ServerEnv } from '../../env.ts'
import { nodeBody } from '../../http/node-body.ts'
import { foundImage, type ImageParams } from '../files/asked-image.ts'

type Document = InstanceDocument['operations']
type Id<Kind extends string> = Extract<keyof InstanceOperations, `${Kind}${string}`>
type BaseCall = Call<InstanceDocument, 'iiifBase', ServerEnv>
type InfoCall = Call<InstanceDocument, 'iiifInfo', ServerEnv>
type ImageCall = Call<InstanceDocument, 'iiifImage', ServerEnv>

const PROFILE = '<http://iiif.io/api/image/3/level2.json>;rel="profile"'
/** Address of the image as the caller has written it, without what asks for something of it. */
function addressOf(c: Context<ServerEnv>, segments: number): string {
  const { origin, pathname } = new URL(c.req.url)
  return `${c.var.tenant.oauth2.base(origin)}${pathname
    .split('/')
    .slice(0, -segments || undefined)
    .join('/')}`
}

/** What a signature in the query says goes along. */
const queryOf = (c: Context<ServerEnv>) => new URL(c.req.url).search

const base = <K extends Id<'iiifBase'>>(): Handler<InstanceDocument, K, ServerEnv> =>
  (({ c }: BaseCall, reply: Reply<Document['iiifBase'], 'iiifBase'>) =>
    reply.empty(303, { Location: `${addressOf(c, 0)}/info.json${queryOf(c)}`, 'Cache-Control': 'no-cache' })) as never

/** As linked data, unless plain JSON is what the caller prefers; of version 2 for callers that name its profile. */
function wantedInfo(c: Context<ServerEnv>): 'json' | 'linked' | 'older' {
  if (/profile="?http:\/\/iiif\.io\/api\/image\/2\//.test(c.req.header('accept') ?? '')) return 'older'
  const linked = 'application/ld+json'
  return accepts(c, { header: 'Accept', supports: [linked, 'application/json'], default: linked }) === linked ? 'linked' : 'json'
}

const info = <K extends Id<'iiifInfo'>>(): Handler<InstanceDocument, K, ServerEnv> =>
  (async ({ params, query, headers, c }: InfoCall & { readonly params: ImageParams }, reply: Reply<Document['iiifInfo'], 'iiifInfo'>) => {
    const { onDemand } = c.var.tenant
    const wanted = wantedInfo(c)
    const found = await foundImage(c, params, query, headers, { request: `info-${wanted}`, unknownIsMissing: true })
    const { ETag, 'Cache-Control': caching } = found.headers
    const told = { ETag, 'Cache-Control': caching, Vary: 'Accept' }
    if (found.isUnchanged) return reply.empty(304, told)
    const describe = wanted === 'older' ? imageInfo2 : imageInfo
    const body = JSON.stringify(describe(addressOf(c, 1), onDemand.sizeOf(found.version), onDemand.writable))
    const sent = c.req.method === 'HEAD' ? null : body
    const more = { ...told, Link: PROFILE }
    if (wanted === 'json') return reply.raw(200, 'application/json', sent, more)
    const type = `application/ld+json;profile="${wanted === 'older' ? CONTEXT_2 : CONTEXT_3}"`
    return reply.raw(200, type as 'application/ld+json', sent, more)
  }) as never

const image = <K extends Id<'iiifImage'>>(): Handler<InstanceDocument, K, ServerEnv> =>
  (async ({ params, query, headers, c }: ImageCall & { readonly params: ImageParams }, reply: Reply<Document['iiifImage'], 'iiifImage'>) => {
    const { onDemand } = c.var.tenant
    const { region, size, rotation, quality, format } = params
    const request = encodeURIComponent(`${region}/${size}/${rotation}/${quality}.${format}`)
    const found = await foundImage(c, params, query, headers, { request, unknownIsMissing: true })
    const { recipe, canonical } = askedImage({ region, size, rotation, quality, format }, onDemand.sizeOf(found.version), onDemand.writable)
    if (found.isUnchanged) return reply.empty(304, found.headers)
    const told = { ...found.headers, Link: `<${addressOf(c, 4)}/${canonical}>;rel="canonical", ${PROFILE}` }
    const type = IMAGE_TYPES[recipe.format as Exclude<ImageFormat, 'bmp' | 'heic' | 'psd'>]
    if (c.req.method === 'HEAD') return reply.raw(200, type, null, told)
    const made = await onDemand.make(found.version, recipe, c.req.raw.signal)
    return reply.raw(200, type, nodeBody(c, made.body), { ...told, 'Content-Length': made.image.sizeBytes })
  }) as never

export const iiifHandlers = {
  iiifBase: base(),
  iiifBaseHead: base(),
  iiifBaseSigned: base(),
  iiifBaseHeadSigned: base(),
  iiifBaseObject: base(),
  iiifBaseHeadObject: base(),
  iiifBaseObjectSigned: base(),
  iiifBaseHeadObjectSigned: base(),
  iiifInfo: info(),
  iiifInfoHead: info(),
  iiifInfoSigned: info(),
  iiifInfoHeadSigned: info(),
  iiifInfoObject: info(),
  iiifInfoHeadObject: info(),
  iiifInfoObjectSigned: info(),
  iiifInfoHeadObjectSigned: info(),
  iiifImage: image(),
  iiifImageHead: image(),
  iiifImageSigned: image(),
  iiifImageHeadSigned: image(),
  iiifImageObject: image(),
  iiifImageHeadObject: image(),
  iiifImageObjectSigned: image(),
  iiifImageHeadObjectSigned: image(),
} satisfies { readonly [K in Id<'iiif'>]: Handler<InstanceDocument, K, ServerEnv> }
