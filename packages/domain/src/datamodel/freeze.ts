/** Used while objects that point at each other are put together; nobody else may write them. */
export type Building<T> = { -readonly [K in keyof T]: T[K] }
