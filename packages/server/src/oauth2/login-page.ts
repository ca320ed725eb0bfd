/**
 * The form to sign in with. No script, one style that is named by its digest, nothing from elsewhere. Everything that was
 * sent is escaped. The form may lead to this server and, because browsers apply the rule to redirects as well, to the
 * client's own address.
 */
import { createHash } from 'node:crypto'
import type { AuthorizationRequest } from './authorization-request.ts'

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;background:#f4f4f1;color:#222;display:grid;place-items:center;min-height:100vh;margin:0}
main{background:#fff;padding:2rem;border-radius:8px;box-shadow:0 1px 8px #0002;width:min(22rem,90vw);box-sizing:border-box}
h1{font-size:1.25rem;margin:0 0 1rem}label{display:block;margin:.75rem 0 .25rem}
input{width:100%;box-sizing:border-box;padding:.5rem;font:inherit;border:1px solid #888;border-radius:4px}
button{margin-top:1.25rem;width:100%;padding:.6rem;font:inherit;border:0;border-radius:4px;background:#1d4f7c;color:#fff;cursor:pointer}
[role=alert]{background:#fdecea;color:#8a1c12;padding:.5rem .75rem;border-radius:4px;margin:0}`
const STYLE_DIGEST = `sha256-${createHash('sha256').update(STYLE).digest('base64')}`
const CARRIED = [
  'client_id',
  'response_type',
  'redirect_uri',
  'scope',
  'state',
  'code_challenge',
  'code_challenge_method',
  'auth_method',
  'nonce',
] as const

export function loginPage({ parameters }: AuthorizationRequest, message: string | undefined): string {
  const hidden = CARRIED.map((name) =>
    parameters[name] === undefined ? '' : `<input type="hidden" name="${name}" value="${escaped(parameters[name])}">`,
  ).join('')
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="referrer" content="same-origin">
<title>Sign in</title><style>${STYLE}</style></head>
<body><main><h1>Sign in</h1>${message === undefined ? '' : `<p role="alert">${escaped(message)}</p>`}
<form method="post" action="/api/oauth2/auth">${hidden}
<label for="login">Login</label><input id="login" name="login" autocomplete="username" required maxlength="500" value="${escaped(parameters.login ?? '')}">
<label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required maxlength="500">
<button>Sign in</button></form></main></body></html>
`
}

export function loginPagePolicy({ redirectUri }: AuthorizationRequest): string {
  const { origin, protocol } = new URL(redirectUri)
  return `default-src 'none'; style-src '${STYLE_DIGEST}'; form-action 'self' ${origin === 'null' ? protocol : origin}; base-uri 'none'; frame-ancestors 'none'`
}

const SIGNS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escaped = (text: string) => text.replaceAll(/[&<>"']/g, (sign) => SIGNS[sign] as string)
