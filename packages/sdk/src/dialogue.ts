/**
 * A question the server asks before it does anything (status 202). Nothing is stored yet; the answer is the identical
 * request once more, with the name and value of every chosen option, of the pressed button and of every hidden button.
 */
import type { components } from './gen/types.ts'

export type DialogueDocument = components['schemas']['Dialogue']
export type DialogueTask = DialogueDocument['tasks'][number]
export type Choices = Readonly<Record<string, string>>

interface Offer {
  readonly name: string
  readonly value: string
}

/** Thrown when choices do not fit the questions, or when nobody was there to answer. */
export class DialogueError extends Error {
  override readonly name = 'DialogueError'
  readonly tasks: readonly DialogueTask[]

  constructor(message: string, tasks: readonly DialogueTask[]) {
    super(message)
    this.tasks = tasks
  }
}

export class Dialogue<T> {
  readonly tasks: readonly DialogueTask[]
  readonly #repeat: (choices: Choices) => Promise<T | Dialogue<T>>

  constructor(document: DialogueDocument, repeat: (choices: Choices) => Promise<T | Dialogue<T>>) {
    this.tasks = document.tasks
    this.#repeat = repeat
  }

  /**
   * Answers all questions at once: `{ name: value }` for every choice and for the button of each question. A button that
   * is the only one need not be named. Another question may follow.
   */
  async answer(choices: Choices = {}): Promise<T | Dialogue<T>> {
    return this.#repeat(completed(this.tasks, choices))
  }
}

export const isDialogue = <T>(result: T | Dialogue<T>): result is Dialogue<T> => result instanceof Dialogue

/** Answers question after question with `decide` until the request is carried out. */
export async function settle<T>(result: T | Dialogue<T>, decide: (dialogue: Dialogue<T>) => Choices | Promise<Choices>): Promise<T> {
  let current = result
  // A server that never stops asking is broken; ten questions are more than any operation has.
  for (let asked = 0; isDialogue(current); asked += 1) {
    if (asked === 10) throw new DialogueError('the server keeps asking', current.tasks)
    current = await current.answer(await decide(current))
  }
  return current
}

const named = (button: DialogueTask['buttons'][number]): button is typeof button & Offer => button.name !== undefined && button.value !== undefined

/** The parameters of the repetition; refuses choices that no question offers and questions left open. */
export function completed(tasks: readonly DialogueTask[], choices: Choices): Choices {
  const parameters: Record<string, string> = {}
  const used = new Set<string>()
  const take = (offer: Offer): void => {
    parameters[offer.name] = offer.value
    used.add(offer.name)
  }
  for (const task of tasks) {
    for (const field of task.form ?? []) {
      const option = field.options.find((o) => o.value === choices[field.name] && !o.disabled)
      if (!option) throw new DialogueError(`"${task.title}" needs a choice of ${field.name}: ${field.options.map((o) => o.value).join(', ')}`, tasks)
      take({ name: field.name, value: option.value })
    }
    const buttons = task.buttons.filter((button) => !button.hidden).filter(named)
    const pressed = buttons.find((button) => choices[button.name] === button.value) ?? (buttons.length === 1 ? buttons[0] : undefined)
    if (buttons.length > 0 && !pressed)
      throw new DialogueError(`"${task.title}" needs one of its buttons: ${buttons.map((b) => `${b.name}=${b.value}`).join(', ')}`, tasks)
    if (pressed) take(pressed)
    for (const button of task.buttons) if (button.hidden && named(button)) take(button)
  }
  const stray = Object.keys(choices).filter((name) => !used.has(name) || parameters[name] !== choices[name])
  if (stray.length > 0) throw new DialogueError(`no question offers ${stray.map((name) => `${name}=${choices[name]}`).join(', ')}`, tasks)
  return parameters
}
