/**
 * Types from a bundled OpenAPI document. openapi-typescript prints through the JavaScript compiler API of TypeScript 5,
 * which TypeScript 7 does not ship; this package exists so that only it pins the older compiler.
 */
import openapiTS, { astToString } from 'openapi-typescript'

/** Answers the TypeScript source for the document at `url`. Properties with a default stay optional in requests. */
export const generateTypes = async (url: URL): Promise<string> =>
  astToString(await openapiTS(url, { defaultNonNullable: false, emptyObjectsUnknown: true, alphabetize: false }))
