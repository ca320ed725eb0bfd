/**
 * Every job there is, with what it is told and how it is treated. Jobs run at least once: a server may die between the work
 * and the note that it is done. So each one looks at how things stand instead of trusting its message, and may run twice.
 */
import type { MailMessage } from './ports/mail.ts'
import { LANES, type Priority, type QueueSettings } from './ports/queue.ts'

export interface JobPayloads {
  /** Hands new events to the webhooks of the instance, and comes again while there are webhooks; `idle` counts rounds without any. */
  'webhook-dispatch': { readonly idle: number }
  /** One attempt to deliver one message. The number of the attempt makes a repetition of the same one harmless. */
  'webhook-deliver': { readonly delivery: string; readonly attempt: number }
  /** Checks access lists of collections that nobody could wait for; until then they are switched off. */
  'collections-check': { readonly lists: readonly number[] }
  /** Hands one mail to the mail server. */
  'mail-send': { readonly mail: MailMessage }
  /** Fetches the bytes of a file from where it was found. */
  'file-import': { readonly file: number }
  /** Looks at what is in a file, and settles what is to be made of it. */
  'file-process': { readonly file: number }
  /** Makes one rendition. */
  'file-produce': { readonly file: number }
  /** Makes the file of an upload that is whole, where the request that brought the last byte did not come to it. */
  'upload-finish': { readonly upload: string }
  /** Removes an upload whose time is up, or comes again when it is. */
  'upload-expire': { readonly upload: string }
  /** Has originals worked on again: those with these ids, or all. */
  'file-resync': { readonly ids: readonly number[] | null }
  /** Moves files of a location to another one for a while, and comes again until none is left. */
  'location-move': { readonly task: number }
  /** Reads what lies in a location for a while, and comes again until all has been read. */
  'location-scrub': { readonly task: number }
  /** Begins such a reading when its time has come, for as long as the location has this revision. */
  'location-scrub-due': { readonly location: number; readonly revision: number }
  /** Removes objects that the journal names and no row does. */
  'file-sweep': Readonly<Record<string, never>>
  /** Removes what an instance that is gone has left in its locations. */
  'instance-clear': Readonly<Record<string, never>>
}

export type JobName = keyof JobPayloads

export interface NewJob<N extends JobName = JobName> {
  readonly name: N
  readonly payload: JobPayloads[N]
  /** For queues that keep one waiting job for each key; the instance is part of the key. */
  readonly key?: string
  /** For queues that run one job of a group at once, so that one that is slow holds up only its own. */
  readonly group?: string
  /** Normal without it. */
  readonly priority?: Priority
  readonly delaySeconds?: number
}

/** For lists of jobs of several kinds. */
export type AnyJob = { readonly [N in JobName]: NewJob<N> }[JobName]

/** For work that reads and writes whole stores: one at a time on each server. A large file takes hours. */
const LONG = { expireSeconds: 86_400, keepDoneSeconds: 3600, concurrency: 1 } as const

export const JOB_QUEUES: Readonly<Record<JobName, QueueSettings>> = {
  // It has to go on whatever happens: whoever takes the last step to the end of retries would end all webhooks.
  'webhook-dispatch': {
    oneWaiting: true,
    retries: 100_000,
    retrySeconds: 1,
    retrySecondsMost: 60,
    expireSeconds: 120,
    keepDoneSeconds: 60,
    concurrency: 2,
  },
  // Repetitions here are for servers that die; those for receivers that fail are jobs of their own.
  'webhook-deliver': {
    retries: 1000,
    retrySeconds: 5,
    retrySecondsMost: 300,
    expireSeconds: 120,
    keepDoneSeconds: 3600,
    concurrency: 16,
    oneInGroup: true,
  },
  'collections-check': { retries: 100, retrySeconds: 10, retrySecondsMost: 600, expireSeconds: 3600, keepDoneSeconds: 3600, concurrency: 1 },
  // What fails here is tried again for hours: a server that is down today is up tomorrow.
  'file-import': {
    retries: 12,
    retrySeconds: 10,
    retrySecondsMost: 7200,
    expireSeconds: 6 * 3600,
    keepDoneSeconds: 3600,
    concurrency: 8,
    lanes: LANES,
  },
  'file-process': { retries: 20, retrySeconds: 5, retrySecondsMost: 3600, expireSeconds: 1800, keepDoneSeconds: 3600, concurrency: 2, lanes: LANES },
  'file-produce': { retries: 20, retrySeconds: 5, retrySecondsMost: 3600, expireSeconds: 1800, keepDoneSeconds: 3600, concurrency: 2, lanes: LANES },
  // A file may be large, and a store may be down for a day.
  'upload-finish': { retries: 50, retrySeconds: 10, retrySecondsMost: 3600, expireSeconds: 6 * 3600, keepDoneSeconds: 3600, concurrency: 2 },
  'upload-expire': { retries: 1000, retrySeconds: 60, retrySecondsMost: 3600, expireSeconds: 600, keepDoneSeconds: 3600, concurrency: 2 },
  'mail-send': { retries: 10, retrySeconds: 30, retrySecondsMost: 3600, expireSeconds: 180, keepDoneSeconds: 86_400, concurrency: 2 },
  'file-resync': { ...LONG, retries: 20, retrySeconds: 5, retrySecondsMost: 600 },
  // These work in turns of some minutes; a store that is down for a day does not end them.
  'location-move': { ...LONG, oneWaiting: true, retries: 200, retrySeconds: 5, retrySecondsMost: 600 },
  'location-scrub': { ...LONG, oneWaiting: true, retries: 200, retrySeconds: 5, retrySecondsMost: 600 },
  'location-scrub-due': { ...LONG, oneWaiting: true, retries: 100_000, retrySeconds: 60, retrySecondsMost: 3600, expireSeconds: 120 },
  'file-sweep': { ...LONG, oneWaiting: true, retries: 100_000, retrySeconds: 60, retrySecondsMost: 3600, concurrency: 2 },
  'instance-clear': { ...LONG, oneWaiting: true, retries: 100_000, retrySeconds: 60, retrySecondsMost: 3600 },
}

/**
 * What is shown of jobs that failed, to those who look after the instance: plain values at these places. Whatever could hold a
 * secret, such as the text of a mail, is not among them.
 */
export const JOB_SHOWN: Readonly<Record<JobName, readonly string[]>> = {
  'webhook-dispatch': [],
  'webhook-deliver': ['delivery', 'attempt'],
  'collections-check': ['lists'],
  'file-import': ['file'],
  'file-process': ['file'],
  'file-produce': ['file'],
  'upload-finish': ['upload'],
  'upload-expire': ['upload'],
  'mail-send': ['mail.id', 'mail.to'],
  'location-move': ['task'],
  'file-resync': [],
  'location-scrub': ['task'],
  'location-scrub-due': ['location', 'revision'],
  'file-sweep': [],
  'instance-clear': [],
}
