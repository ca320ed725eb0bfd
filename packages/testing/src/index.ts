export { Arbitraries, type Hints } from './arbitrary.ts'
export { requestOf, Requests, type RequestParts, type WrongRequest } from './requests.ts'
