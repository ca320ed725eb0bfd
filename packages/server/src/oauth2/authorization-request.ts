/**
 * Reading a request to sign somebody in for a client. What is wrong with the client or the address to return to is told to
 * whoever asks, because sending a browser to an address that nobody registered would help a phisher. Everything else is
 * told to the client, at its registered address.
 */
import type { OAuthClient, OAuthClients } from './clients.ts'
import { redirectUrisOf } from './clients.ts'
import { OAuthFailure } from './failure.ts'

export interface AuthorizationParameters {
  readonly client_id?: string | undefined
  readonly response_type?: string | undefined
  readonly redirect_uri?: string | undefined
  readonly scope?: string | undefined
  readonly state?: string | undefined
  readonly code_challenge?: string | undefined
  readonly code_challenge_method?: string | undefined
  readonly auth_method?: string | undefined
  readonly login?: string | undefined
  readonly password?: string | undefined
  readonly nonce?: string | undefined
}

export interface AuthorizationRequest {
  readonly client: OAuthClient
  /** Where the browser goes in the end, one of the registered addresses. */
  readonly redirectUri: string
  readonly parameters: AuthorizationParameters
}

/** A refusal that the client is told by sending the browser back to it. */
export class RedirectedFailure extends Error {
  readonly location: string

  constructor(redirectUri: string, state: string | undefined, error: string, description: string) {
    super(description)
    this.name = 'RedirectedFailure'
    this.location = withQuery(redirectUri, { error, error_description: description, state })
  }
}

const CHALLENGE = /^[A-Za-z0-9_-]{43}$/
const VISIBLE = /^[\x20-\x7e]*$/

export function readAuthorization(clients: OAuthClients, parameters: AuthorizationParameters, base: string): AuthorizationRequest {
  const client = clients.find(parameters.client_id ?? '') ?? refuse('invalid_client', 'there is no such client')
  const registered = redirectUrisOf(client, base)
  const redirectUri = parameters.redirect_uri ?? (registered.length === 1 ? registered[0] : undefined)
  if (redirectUri === undefined) refuse('invalid_request', 'redirect_uri is missing')
  if (!registered.includes(redirectUri)) refuse('invalid_request', 'redirect_uri is not registered for the client')

  const state = parameters.state
  const back = (error: string, description: string): never => {
    throw new RedirectedFailure(redirectUri, state !== undefined && VISIBLE.test(state) ? state : undefined, error, description)
  }
  if (state !== undefined && !VISIBLE.test(state)) back('invalid_request', 'state has characters that are not allowed')
  if (parameters.response_type !== 'code') back('unsupported_response_type', 'only the response type code is carried out')
  if (!CHALLENGE.test(parameters.code_challenge ?? '')) back('invalid_request', 'code_challenge has to be a digest of 43 characters')
  if (parameters.code_challenge_method !== 'S256') back('invalid_request', 'code_challenge_method has to be S256')
  const unknown = (parameters.scope ?? '').split(' ').filter((name) => name !== '' && !client.scopes.includes(name))
  if (unknown.length) back('invalid_scope', `unknown scope ${unknown.join(' ')}`)
  return { client, redirectUri, parameters }
}

function refuse(error: string, description: string): never {
  throw new OAuthFailure(error, description)
}

/** Adds to the query an address may already have; custom schemes included. */
export function withQuery(uri: string, values: Readonly<Record<string, string | undefined>>): string {
  const url = new URL(uri)
  for (const [name, value] of Object.entries(values)) if (value !== undefined && value !== '') url.searchParams.set(name, value)
  return url.href
}
