/** What time it is. Rules about expiry take it as an argument, so that a test can let hours pass without waiting. */
export type Clock = () => Date

export const systemClock: Clock = () => new Date()
