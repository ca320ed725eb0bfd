/**
 * Types from a bundled OpenAPI document. openapi-typescript prints through the JavaScript compiler API of TypeScript 5,
 * which TypeScript 7 does not ship; this package exists so that only it pins the older compiler.
 */
import openapiTS, { astToString } from 'openapi-typescript'

/** Answers the TypeScript source for a document without references to other files. Properties with a default stay optional in requests. */
export const generateTypes = async (document: object): Promise<string> =>
  astToString(await openapiTS(JSON.stringify(document), { defaultNonNullable: false, emptyObjectsUnknown: true, alphabetize: false }))
