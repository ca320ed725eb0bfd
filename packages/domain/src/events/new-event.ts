/** What happened, as whoever did it tells the event log: in the same transaction as the change itself. */
export interface NewEvent {
  /** A type of the register in `event-types.ts`. */
  readonly type: string
  /** Kind of the thing it happened to; `object` for records. */
  readonly basetype?: string
  readonly objecttype?: string
  readonly objectId?: number
  readonly objectVersion?: number
  readonly systemObjectId?: number
  readonly globalObjectId?: string
  readonly schemaVersion?: number
  readonly info?: Readonly<Record<string, unknown>>
}

/** Who did it; null for the server itself. */
export interface EventActor {
  readonly userId: number
  readonly displayname: string
}
