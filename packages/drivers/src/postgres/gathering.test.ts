import { expect, it, vi } from 'vitest'
import { Gathering } from './gathering.ts'

/** A database that answers when it is told to. */
function told() {
  const statements: { readonly questions: readonly number[]; readonly answer: () => void; readonly fail: (error: Error) => void }[] = []
  const gathering = new Gathering<number, string>(
    (questions) =>
      new Promise((resolve, reject) =>
        statements.push({ questions, answer: () => resolve(questions.map((question) => `answer ${question}`)), fail: reject }),
      ),
  )
  return { statements, gathering }
}

it('sends a question at once while nothing is under way, and the others together when it has been answered', async () => {
  const { statements, gathering } = told()
  const answers = [1, 2, 3, 4].map((question) => gathering.ask(question))
  expect(statements.map(({ questions }) => questions)).toEqual([[1]])
  statements[0]?.answer()
  expect(await answers[0]).toBe('answer 1')
  await vi.waitUntil(() => statements.length > 1)
  expect(statements.map(({ questions }) => questions)).toEqual([[1], [2, 3, 4]])
  const later = gathering.ask(5)
  statements[1]?.answer()
  await vi.waitUntil(() => statements.length > 2)
  statements[2]?.answer()
  expect(await Promise.all([...answers, later])).toEqual([1, 2, 3, 4, 5].map((question) => `answer ${question}`))
})

it('tells a failure to those whose question it was, and goes on with the others', async () => {
  const { statements, gathering } = told()
  const [first, second, third] = [gathering.ask(1), gathering.ask(2), gathering.ask(3)]
  statements[0]?.fail(new Error('the connection has closed'))
  await expect(first).rejects.toThrow('the connection has closed')
  await vi.waitUntil(() => statements.length > 1)
  statements[1]?.answer()
  expect(await Promise.all([second, third])).toEqual(['answer 2', 'answer 3'])
})
