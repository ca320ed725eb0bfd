/**
 * The server's own texts: so far, the sentences of its errors under `error.<Code>`. English comes from the register, so it
 * is always complete; other languages hold what has been translated and fall back text by text.
 */
import { errorRegister } from '@vitrine/contract'

const ENGLISH = 'en-US'

const GERMAN: Readonly<Record<string, string>> = {
  'error.DatabaseLockError': '{object} wird gerade von jemand anderem geändert.',
  'error.DatabaseUniqueKeyViolation': 'Der Wert für {name} ist schon vergeben.',
  'error.DatamodelVersionNotFound': 'Das Datenmodell hat keine Version {version}.',
  'error.InvalidIdentifier': '{identifier} ist als Name nicht erlaubt.',
  'error.InvalidToken': 'Die Anmeldung ist abgelaufen oder ungültig.',
  'error.LookupNotFound': 'Zu {key} = {value} wurde nichts gefunden.',
  'error.ObjecttypeNotEmpty': 'Objekttypen mit Datensätzen können nicht entfernt werden: {stats}.',
  'error.ObjectInsufficientRights': 'Für diesen Datensatz fehlen die Rechte.',
  'error.RequestTimeout': 'Die Anfrage hat zu lange gedauert.',
  'error.RequestTooLarge': 'Die Anfrage ist zu groß.',
  'error.ResourceNotFound': '{resource} wurde nicht gefunden.',
  'error.SchemaDuplicateMaskName': 'Es gibt mehr als eine Maske mit dem Namen {name}.',
  'error.SchemaDuplicateObjecttypeName': 'Es gibt mehr als einen Objekttyp mit dem Namen {name}.',
  'error.SchemaInconsistent': 'Der Datensatz passt nicht zum Datenmodell: {msg}',
  'error.ServerGeneric': 'Die Anfrage konnte nicht ausgeführt werden: {msg}',
  'error.ServiceUnavailable': 'Der Server ist vorübergehend nicht erreichbar.',
  'error.SystemRightRequired': 'Dafür wird eines dieser Systemrechte gebraucht: {rights}.',
  'error.TooManyRequests': 'Es kamen zu viele Anfragen in kurzer Zeit.',
  'error.TypeChangeUnsupported': 'Die Spalte {column} kann nicht von {current} zu {head} wechseln, solange sie Daten enthält.',
  'error.UnknownColumnType': 'Den Spaltentyp {type} gibt es nicht.',
  'error.UnknownObjecttype': 'Den Objekttyp {objecttype} gibt es nicht.',
  'error.UserRequired': 'Dafür ist eine Anmeldung nötig.',
  'error.VersionMismatch': 'Die Version {receivedversion} folgt nicht auf die gespeicherte Version {currentversion}.',
}

const TEXTS: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map([
  [ENGLISH, Object.fromEntries(Object.entries(errorRegister).map(([code, { text }]) => [`error.${code}`, text]))],
  ['de-DE', GERMAN],
])

/** Every text, in this language where it is translated, else in English, else in any language there is. */
export function staticTexts(language: string): Record<string, string> {
  return Object.assign({}, ...[...TEXTS.values()].toReversed(), TEXTS.get(ENGLISH), TEXTS.get(language))
}
