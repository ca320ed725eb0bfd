/** Everything a program needs of Vitrine. */
export { createVitrine, Vitrine, type ObjectsOptions, type SaveInBatchesOptions, type VitrineOptions } from './vitrine.ts'
export { completed, Dialogue, DialogueError, isDialogue, settle, type Choices, type DialogueTask } from './dialogue.ts'
export { ConnectionError, isVitrineError, SignInError, VitrineError, type ErrorCode, type ErrorParameters } from './errors.ts'
export { memoryTokenStore, type Tokens, type TokenStore } from './tokens.ts'
export { sleep, type RetryPolicy } from './retry.ts'
export type { SavedBatch } from './batches.ts'
export type { EventsOptions, VitrineEvent } from './events.ts'
export type { Answer, Arguments, CallOptions, Done, Input } from './operation.ts'
export type { SignInStart } from './pkce.ts'
export { verifyWebhook, type WebhookMessage } from './webhooks.ts'
export type { components, operations, paths } from './gen/types.ts'
import type { components } from './gen/types.ts'

/** The shapes of the contract, by name. */
export type Schemas = components['schemas']
