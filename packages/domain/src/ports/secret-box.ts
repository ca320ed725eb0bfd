/** Encryption of secrets at rest. */
export interface SecretBox {
  /**
   * Encrypts a text. `context` names where it is kept: the sealed text opens only under the same context, so that a secret
   * copied to another place or another instance is worthless there.
   */
  seal(text: string, context: string): string
  /** Decrypts what `seal` has made. Throws when it was made with another key or context, or has been changed. */
  open(sealed: string, context: string): string
}
