/** A refusal in the words of RFC 6749: not the envelope of the API, because clients of the standard read this one. */
export class OAuthFailure extends Error {
  readonly error: string
  readonly status: 400 | 401

  constructor(error: string, description: string, status: 400 | 401 = 400) {
    super(description)
    this.name = 'OAuthFailure'
    this.error = error
    this.status = status
  }

  body(): { error: string; error_description: string } {
    return { error: this.error, error_description: this.message }
  }
}
