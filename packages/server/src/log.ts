/** Structured logs, one JSON object a line. Secrets are cut out by key wherever they stand, before a line is written. */
import pino from 'pino'

export type Logger = pino.Logger

const SECRET_KEYS = [
  'authorization',
  'x-fylr-authorization',
  'cookie',
  'password',
  'new_password',
  'access_token',
  'refresh_token',
  'client_secret',
  'passphrase',
]

export const createLogger = (level: string, destination?: pino.DestinationStream): Logger =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_KEYS.flatMap((key) => [`["${key}"]`, `*["${key}"]`, `*.*["${key}"]`]), censor: '[secret]' },
    },
    destination ?? pino.destination({ dest: 2, sync: false }),
  )
