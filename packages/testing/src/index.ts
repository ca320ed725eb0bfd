export { Arbitraries, type Hints } from './arbitrary.ts'
export { damagedAt, requestOf, Requests, type RequestParts, type WrongRequest } from './requests.ts'
