/**
 * Waits for steps that were started together, also after one has failed: a step that went on by itself would still use a
 * transaction that is being rolled back, or a connection that somebody else has already. Fails with the earliest failure.
 */
export async function together<T extends readonly unknown[]>(steps: { readonly [K in keyof T]: T[K] | Promise<T[K]> }): Promise<T> {
  let failure: { readonly error: unknown } | undefined
  const guarded = steps.map(async (step) => {
    try {
      return await step
    } catch (error) {
      failure ??= { error }
      return undefined
    }
  })
  const answers = await Promise.all(guarded)
  if (failure) throw failure.error
  return answers as unknown as T
}
