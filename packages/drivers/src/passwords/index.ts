export { Argon2Passwords, type Argon2Options } from './argon2.ts'
