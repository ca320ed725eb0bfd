import type { InstanceDocument } from '@vitrine/contract/instance'
import type { Handler } from '@vitrine/contract/handlers'
import { eventDocument, type EventDocument } from '@vitrine/domain/events/event-document'
import type { EventListing, EventSort } from '@vitrine/domain/events/event-store'
import type { ServerEnv } from '../../env.ts'
import { csvHead, csvLine } from '../../events/event-csv.ts'
import { textStream } from '../../http/text-stream.ts'
import { isTrue } from '../booleans.ts'
import { signedIn } from '../signed-in.ts'
import { filterOf } from './event-filter.ts'

/** The events are sent while they are read: however many there are, only some of them are in memory. */
export const eventList: Handler<InstanceDocument, 'eventList', ServerEnv> = async ({ query, c }, reply) => {
  const { events } = c.var.tenant
  const { limit, offset } = query
  const [sort, direction] = query.sort.split('.') as [EventSort, string]
  const view = events.viewOf(signedIn(c))
  const listing = await events.list({
    filter: filterOf(query),
    sort,
    descending: direction === 'DESC',
    offset,
    limit: limit === 0 ? null : limit,
  })
  const pages = documents(await begun(listing), (event) => eventDocument(event, view))
  if (query.format === 'json') return reply.raw(200, 'application/json', textStream(jsonTexts(pages, { count: listing.count, limit, offset })))
  const options = { delimiter: query.csv_delimiter, alwaysQuote: isTrue(query.csv_always_quote), bom: isTrue(query.cvs_use_bom) }
  return reply.raw(200, 'text/csv', textStream(csvTexts(pages, options)))
}

type Stored = EventListing['pages'] extends AsyncIterable<readonly (infer E)[]> ? E : never
type Pages = AsyncIterable<readonly EventDocument[]>

/** Reads the first page before the answer begins, so that what fails is still answered as a failure. */
async function begun({ pages }: EventListing): Promise<AsyncIterable<readonly Stored[]>> {
  const iterator = pages[Symbol.asyncIterator]()
  let first: IteratorResult<readonly Stored[]> | undefined = await iterator.next()
  const next = () => {
    const result = first ? Promise.resolve(first) : iterator.next()
    first = undefined
    return result
  }
  return { [Symbol.asyncIterator]: () => ({ next }) }
}

async function* documents(pages: AsyncIterable<readonly Stored[]>, document: (event: Stored) => EventDocument): Pages {
  for await (const page of pages) yield page.map(document)
}

async function* jsonTexts(
  pages: Pages,
  page: { readonly count: number; readonly limit: number; readonly offset: number },
): AsyncGenerator<string, void, undefined> {
  yield `${JSON.stringify(page).slice(0, -1)},"objects":[`
  let comma = ''
  for await (const events of pages) {
    yield comma + events.map((event) => JSON.stringify(event)).join(',')
    comma = ','
  }
  yield ']}'
}

async function* csvTexts(pages: Pages, options: Parameters<typeof csvLine>[1]): AsyncGenerator<string, void, undefined> {
  yield csvHead(options)
  for await (const events of pages) yield events.map((event) => csvLine(event, options)).join('')
}
