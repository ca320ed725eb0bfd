/** A change that may leave a question open answers it with 202 instead of 200. */
import { NeedsDecision, type DialogueTask } from '@vitrine/domain/dialogue/dialogue'

export type Decided<T> = { readonly done: true; readonly result: T } | { readonly done: false; readonly dialogue: { tasks: DialogueTask[] } }

export async function decided<T>(change: Promise<T>): Promise<Decided<T>> {
  try {
    return { done: true, result: await change }
  } catch (error) {
    if (error instanceof NeedsDecision) return { done: false, dialogue: { tasks: [...error.tasks] } }
    throw error
  }
}
