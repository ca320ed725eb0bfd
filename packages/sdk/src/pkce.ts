/** Sign-in through the browser (RFC 7636): the address to send the person to, and the secret that proves who asked. */
export interface SignInStart {
  /** Send the person here. */
  readonly url: string
  /** Comes back with the code; compare it before going on. */
  readonly state: string
  /** Keep it until the code comes back, and show it to nobody. */
  readonly codeVerifier: string
}

function base64Url(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCodePoint(byte)
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

const randomText = (sizeBytes: number): string => base64Url(crypto.getRandomValues(new Uint8Array(sizeBytes)))

export async function startSignIn(baseUrl: string, clientId: string, redirectUri: string, scope: string): Promise<SignInStart> {
  const codeVerifier = randomText(32)
  const state = randomText(16)
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(codeVerifier))
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope,
    state,
    code_challenge: base64Url(new Uint8Array(digest)),
    code_challenge_method: 'S256',
  })
  return { url: `${baseUrl}/api/oauth2/auth?${query}`, state, codeVerifier }
}
