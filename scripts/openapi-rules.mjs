/**
 * House rules for the API documents that the linter cannot express in its configuration.
 *
 * An object that does not say whether it is open accepts anything, and nobody notices; a property without a description leaves
 * its readers guessing. Both are refused here, also where `object` is one type among several.
 */
const allowsObjects = (schema) => [schema.type].flat().includes('object')

const ObjectsSayWhetherTheyAreOpen = () => ({
  Schema(schema, { report, location }) {
    if (schema === null || typeof schema !== 'object' || !allowsObjects(schema)) return
    if ('additionalProperties' in schema || 'unevaluatedProperties' in schema) return
    report({ message: 'A schema that allows objects says `additionalProperties`.', location })
  },
})

const PropertiesAreDescribed = () => ({
  SchemaProperties(properties, { report, location }) {
    for (const [name, schema] of Object.entries(properties)) {
      // A reference brings the description of its target along.
      if (schema?.description || schema?.$ref) continue
      report({ message: `The property \`${name}\` needs a description.`, location: location.child([name]) })
    }
  },
})

export default function houseRules() {
  return {
    id: 'house',
    rules: {
      oas3: {
        'objects-say-whether-they-are-open': ObjectsSayWhetherTheyAreOpen,
        'properties-are-described': PropertiesAreDescribed,
      },
    },
  }
}
