/** What the demo is asked to do, from the command line. */
import { parseArgs } from 'node:util'

export interface DemoOptions {
  /** Folder with artists.ndjson and artworks.ndjson, plain or as .gz; null takes the sample that comes along. */
  readonly from: string | null
  /** A running instance; null starts a server here. */
  readonly url: string | null
  readonly user: string
  readonly password: string | null
  /** Records per request. */
  readonly batch: number
  /** Requests on their way at the same time. */
  readonly inFlight: number
}

export const USAGE = `npm run demo [-- options]
  --from DIR      folder with artists.ndjson[.gz] and artworks.ndjson[.gz]; without it the sample that comes along
  --url URL       a running instance; without it a server is started on the usual data folder
  --user NAME     login, root without it
  --password PW   its password; without it VITRINE_ROOT_PASSWORD or the file root-password of the data folder
  --batch N       records per request, 500 without it
  --in-flight N   requests on their way at the same time, 2 without it
  --help          this text`

function whole(name: string, text: string, highest: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > highest) throw new Error(`--${name} has to be a whole number from 1 to ${highest}`)
  return value
}

/** null when only the usage is wanted. */
export function readOptions(args: readonly string[]): DemoOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      from: { type: 'string' },
      url: { type: 'string' },
      user: { type: 'string', default: 'root' },
      password: { type: 'string' },
      batch: { type: 'string', default: '500' },
      'in-flight': { type: 'string', default: '2' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return null
  if (values.url !== undefined && !URL.canParse(values.url)) throw new Error('--url has to be a URL')
  return {
    from: values.from ?? null,
    url: values.url ?? null,
    user: values.user,
    password: values.password ?? null,
    batch: whole('batch', values.batch, 10_000),
    inFlight: whole('in-flight', values['in-flight'], 16),
  }
}
