/** What a password has to be like. Length is what counts; a password that repeats the login is no secret. */
const SHORTEST = 8

export function isAdvised(password: string, user: { readonly login: string | null; readonly email: string | null }): boolean {
  const same = (name: string | null) => name !== null && name.toLowerCase() === password.toLowerCase()
  return Array.from(password).length >= SHORTEST && !same(user.login) && !same(user.email)
}
