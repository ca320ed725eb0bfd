/**
 * The types between an operation of the contract and its method: what goes in, grouped by place, and what comes out.
 * An operation that may answer 202 returns its result or a Dialogue; the two have nothing in common, so a program that
 * uses the result without asking `isDialogue` first does not compile.
 */
import type { Dialogue } from './dialogue.ts'
import type { components } from './gen/types.ts'

type Schemas = components['schemas']
type At<O, W extends 'path' | 'query' | 'header'> = O extends { parameters: { [K in W]?: infer V } } ? NonNullable<V> : never

/** Boolean parameters are texts on the wire; true and false are written for them here. */
type WithBooleans<Q> = {
  [K in keyof Q]: string extends Q[K] ? Q[K] : Schemas['BooleanText'] extends Q[K] ? Q[K] | boolean : Q[K]
}
/** Whether nothing in T is required. */
type AllOptional<T> = T extends object ? (Partial<T> extends T ? true : false) : false
type Place<W extends string, T> = [T] extends [never] ? unknown : AllOptional<T> extends true ? { readonly [K in W]?: T } : { readonly [K in W]: T }
/** A `Blob` of a file (`openAsBlob` in Node.js) is read piece by piece as it is sent. */
type Sent<C> = 'application/json' extends keyof C
  ? C['application/json']
  : 'application/x-www-form-urlencoded' extends keyof C
    ? C['application/x-www-form-urlencoded']
    : 'multipart/form-data' extends keyof C
      ? FormData
      : Blob | Uint8Array<ArrayBuffer>
type BodyPart<O> = O extends { requestBody: { content: infer C } }
  ? { readonly body: Sent<C> }
  : O extends { requestBody?: infer B }
    ? { readonly body?: NonNullable<B> extends { content: infer C } ? Sent<C> : never }
    : unknown

export type Input<O> = Place<'path', At<O, 'path'>> & Place<'query', WithBooleans<At<O, 'query'>>> & Place<'header', At<O, 'header'>> & BodyPart<O>

export type Arguments<O> = AllOptional<Input<O>> extends true ? [input?: Input<O>, options?: CallOptions] : [input: Input<O>, options?: CallOptions]

/** What the operation answers once it is carried out: its JSON, nothing, or the response itself where it is neither. */
export type Done<O> = O extends { responses: { 200: infer R } }
  ? R extends { content: infer C }
    ? 'application/json' extends keyof C
      ? C['application/json']
      : Response
    : undefined
  : Response

export type Answer<O> = O extends { responses: { 202: { content: { 'application/json': Schemas['Dialogue'] } } } }
  ? Done<O> | Dialogue<Done<O>>
  : Done<O>

export interface CallOptions {
  readonly signal?: AbortSignal
  /** Longest wait for one attempt; replaces the client's own. 0 waits for ever. */
  readonly timeoutMs?: number
  /** `blob` takes an answer that is no JSON, where the operation has one. */
  readonly as?: 'blob'
}

/** What the runtime has to know about an operation; generated from the contract. */
export interface OperationEntry {
  readonly id: string
  readonly method: 'get' | 'put' | 'post' | 'delete' | 'head' | 'patch' | 'options'
  readonly path: string
  /** Media type of the body, where there is one. */
  readonly body?: string
  /** Whether the caller's token goes along. */
  readonly token: boolean
  readonly answers: 'json' | 'empty' | 'response'
}

export interface AnyInput {
  readonly path?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}

/** Carries out one operation. The result type is the generated method's promise about it. */
export type Call = <T>(operation: OperationEntry, input: AnyInput | undefined, options: CallOptions | undefined) => Promise<T>
