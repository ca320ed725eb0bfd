/**
 * Handlers are plain functions of an operation. The document decides their input, the statuses they may answer and the
 * exact bodies: an undeclared status, a missing field, a field the document lacks, or a missing operation do not compile.
 */
import type { Context, Env } from 'hono'

/** A document as types: `operations` from the type generator and `meta` from ours. */
export interface DocumentTypes {
  readonly operations: object
  readonly meta: object
}
type Ops<D extends DocumentTypes> = D['operations']
type MetaOf<D extends DocumentTypes> = D['meta']
export type OperationId<D extends DocumentTypes> = keyof Ops<D> & keyof MetaOf<D> & string

type Known<T> = { [K in keyof T as string extends K ? never : K]: T[K] }
type Defaulted<T, N> = { [P in keyof T as P extends N ? never : P]: T[P] } & {
  [P in keyof T as P extends N ? P : never]-?: NonNullable<T[P]>
}
type Place = 'path' | 'query' | 'header'
type ParametersOf<O> = O extends { parameters: infer P } ? P : never
type At<T, K extends string> = K extends keyof T ? T[K] : T extends { [P in K]?: infer V } ? V : never
type Input<D extends DocumentTypes, K extends OperationId<D>, W extends Place> = [NonNullable<At<ParametersOf<Ops<D>[K]>, W>>] extends [never]
  ? object
  : [At<MetaOf<D>[K], W>] extends [never]
    ? NonNullable<At<ParametersOf<Ops<D>[K]>, W>>
    : Defaulted<NonNullable<At<ParametersOf<Ops<D>[K]>, W>>, At<MetaOf<D>[K], W>>

/**
 * A body that may come in several media types is the union of their shapes; other media types, forms of several parts among
 * them, arrive as a stream. A body that the document does not ask for may be absent.
 */
type ParsedType = 'application/json' | 'application/vnd.api+json' | 'application/x-www-form-urlencoded'
type ContentOf<B> = B extends { content: infer C } ? (keyof C extends ParsedType ? C[keyof C] : ReadableStream<Uint8Array> | null) : undefined
type BodyOf<O> = O extends { requestBody: infer B }
  ? ContentOf<B>
  : O extends { requestBody?: infer B }
    ? [NonNullable<B>] extends [never]
      ? undefined
      : ContentOf<NonNullable<B>> | undefined
    : undefined

type Answers<O> = O extends { responses: infer R } ? R : never
type Status<O> = keyof Answers<O> & number
type JsonType = 'application/json' | 'application/vnd.api+json'
type JsonBody<R> = R extends { content: infer C } ? C[keyof C & JsonType] : never
// Headers the document does not name for an answer cannot be given; those it requires have to be.
type HeadersOf<R> = R extends { headers: infer H } ? Known<H> : object
type HeaderArgument<R> = [keyof HeadersOf<R>] extends [never] ? [] : object extends HeadersOf<R> ? [headers?: HeadersOf<R>] : [headers: HeadersOf<R>]
type JsonStatus<O> = { [S in Status<O>]: [JsonBody<Answers<O>[S]>] extends [never] ? never : S }[Status<O>]
type EmptyStatus<O> = {
  [S in Status<O>]: Answers<O>[S] extends { content: infer C } ? ([C] extends [undefined] ? S : never) : S
}[Status<O>]
type RawStatus<O> = Exclude<Status<O>, EmptyStatus<O>>
// Where the document says `*/*`, the answer says which type it is.
type Named<M extends string> = M extends '*/*' ? `${string}/${string}` : M
type MediaOf<R> = R extends { content: infer C } ? Named<keyof C & string> : never

// Every key of A has to be known to W, all the way down: this catches fields that come from a variable or a database row.
type Primitive = string | number | boolean | null | undefined
type Keys<W> = W extends unknown ? keyof W : never
type Member<W, K> = W extends unknown ? (K extends keyof W ? W[K] : never) : never
type Objects<W> = Extract<W, object>
type Exact<A, W> = A extends Primitive
  ? A
  : unknown extends W
    ? A
    : A extends readonly (infer I)[]
      ? readonly Exact<I, Extract<W, readonly unknown[]>[number]>[]
      : {
          [K in keyof A]: K extends Keys<Objects<W>> ? Exact<A[K], Member<Objects<W>, K>> : string extends Keys<Objects<W>> ? A[K] : never
        }
// The usual case, a value of the very type the document names, is settled by identity: that keeps type checking cheap.
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
export type Strict<A, W> = Same<A, W> extends true ? A : A & Exact<A, W>

declare const brand: unique symbol
export interface Answer<K> {
  readonly [brand]: K
  toResponse(): Response
}

export interface Reply<O, K> {
  json<S extends JsonStatus<O>, const B extends JsonBody<Answers<O>[S]>>(
    status: S,
    body: Strict<B, JsonBody<Answers<O>[S]>>,
    ...headers: HeaderArgument<Answers<O>[S]>
  ): Answer<K>
  /** JSON that was already built as text, for large answers; the contract tests judge it like any other body. */
  jsonText<S extends JsonStatus<O>>(status: S, text: string, ...headers: HeaderArgument<Answers<O>[S]>): Answer<K>
  empty<S extends EmptyStatus<O>>(status: S, ...headers: HeaderArgument<Answers<O>[S]>): Answer<K>
  raw<S extends RawStatus<O>>(status: S, type: MediaOf<Answers<O>[S]>, body: BodyInit | null, ...headers: HeaderArgument<Answers<O>[S]>): Answer<K>
}

export interface Call<D extends DocumentTypes, K extends OperationId<D>, E extends Env> {
  readonly params: Input<D, K, 'path'>
  readonly query: Input<D, K, 'query'>
  readonly headers: Input<D, K, 'header'>
  readonly body: BodyOf<Ops<D>[K]>
  readonly c: Context<E>
}

export type Handler<D extends DocumentTypes, K extends OperationId<D>, E extends Env> = (
  call: Call<D, K, E>,
  reply: Reply<Ops<D>[K], K>,
) => Answer<K> | Promise<Answer<K>>

export type Handlers<D extends DocumentTypes, E extends Env, K extends OperationId<D> = OperationId<D>> = {
  readonly [P in K]: Handler<D, P, E>
}
type Tagged<D extends DocumentTypes, T extends string> = {
  [P in OperationId<D>]: At<MetaOf<D>[P], 'tag'> extends T ? P : never
}[OperationId<D>]
/** The handlers of one tag: one folder of routes satisfies it. */
export type HandlersFor<D extends DocumentTypes, T extends string, E extends Env> = Handlers<D, E, Tagged<D, T>>
