/** The whole job, told while it happens: sign in, datamodel, import, a look around, and the sum of it. */
import { createVitrine, type Vitrine, type VitrineOptions } from '@vitrine/sdk'
import { openCollection } from './collection/source.ts'
import { survey } from './collection/survey.ts'
import { importRecords, presentIds, type ImportResult } from './import/importer.ts'
import { importJobs } from './import/jobs.ts'
import { installDatamodel } from './model/install.ts'
import type { Screen } from './progress.ts'
import { tour } from './tour.ts'

export interface Demo {
  readonly url: string
  readonly user: string
  readonly password: string
  readonly folder: string
  readonly batch: number
  readonly inFlight: number
  readonly screen: Screen
  readonly signal?: AbortSignal
  /** Replaces the platform's fetch. */
  readonly fetch?: NonNullable<VitrineOptions['fetch']>
}

const count = new Intl.NumberFormat('en-US')

async function importCollection(sdk: Vitrine, demo: Demo, say: (line: string) => void): Promise<ImportResult[]> {
  const collection = openCollection(demo.folder)
  const found = await survey(collection)
  const twice = found.repeated > 0 ? ` (${found.repeated} of them on two lines)` : ''
  const unlisted = found.unlisted.length > 0 ? ` and ${found.unlisted.length} that only artworks name` : ''
  say(`\nCollection: ${count.format(found.artworks)} artworks, ${count.format(found.artists)} artists${twice}${unlisted}`)
  const results: ImportResult[] = []
  for (const job of importJobs(collection, found)) results.push(await importRecords(sdk, job, demo, demo.screen))
  return results
}

/** Asks the server what is there now, so that the sum is its word and not ours. */
async function summarize(sdk: Vitrine, results: readonly ImportResult[], say: (line: string) => void): Promise<boolean> {
  say('\nSummary                 there   imported   were there   seconds   per second')
  let complete = true
  for (const { type, total, imported, before, seconds } of results) {
    const there = (await presentIds(sdk, type)).size
    complete &&= there >= total
    const rate = imported > 0 ? count.format(Math.round(imported / seconds)) : '–'
    const cells = [count.format(there).padStart(11), count.format(imported).padStart(11), count.format(before).padStart(13)]
    say(`  ${`${type}s`.padEnd(16)}${cells.join('')}${seconds.toFixed(1).padStart(10)}${rate.padStart(13)}`)
  }
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0)
  say(`  import altogether ${seconds.toFixed(1)} s; ${complete ? 'complete' : 'NOT COMPLETE'}`)
  return complete
}

/** Answers whether everything of the collection is there in the end. */
export async function runDemo(demo: Demo): Promise<boolean> {
  const say = (line: string): void => demo.screen.write(`${line}\n`)
  const { url: baseUrl, signal, fetch } = demo
  const sdk = createVitrine({ baseUrl, timeoutMs: 120_000, ...(signal ? { signal } : {}), ...(fetch ? { fetch } : {}) })
  await sdk.signIn({ login: demo.user, password: demo.password })
  say(`Signed in as ${demo.user} at ${demo.url}`)
  say(`Datamodel: ${await installDatamodel(sdk)}`)
  const results = await importCollection(sdk, demo, say)
  await tour(sdk, say)
  const complete = await summarize(sdk, results, say)
  await sdk.signOut()
  return complete
}
