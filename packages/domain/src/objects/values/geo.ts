/** GeoJSON (RFC 7946). Only the words in `type` are judged; coordinates and properties are kept as they come. */
import { fail } from '../../errors.ts'
import { isObject } from './plain-json.ts'

const GEOMETRIES = new Set(['Point', 'MultiPoint', 'LineString', 'MultiLineString', 'Polygon', 'MultiPolygon', 'GeometryCollection'])

export function parseGeometry(value: unknown, where: string): object | undefined {
  if (!isObject(value)) return wrong(where, 'a GeoJSON object is expected')
  if (Object.keys(value).length === 0) return undefined
  if (value.type === 'FeatureCollection') {
    const features = value.features
    if (!Array.isArray(features)) return wrong(where, 'a FeatureCollection needs the list `features`')
    features.forEach((feature: unknown, i) => requireFeature(feature, `${where}.features[${i}]`))
  } else if (value.type === 'Feature') requireFeature(value, where)
  else requireGeometry(value, where)
  return value
}

function requireFeature(value: unknown, where: string): void {
  if (!isObject(value) || value.type !== 'Feature') return wrong(where, 'a Feature is expected')
  if (value.geometry !== null && value.geometry !== undefined) requireGeometry(value.geometry, `${where}.geometry`)
}

function requireGeometry(value: unknown, where: string): void {
  if (!isObject(value) || typeof value.type !== 'string' || !GEOMETRIES.has(value.type)) return wrong(where, 'the `type` is none of GeoJSON')
  if (value.type !== 'GeometryCollection') return
  if (!Array.isArray(value.geometries)) return wrong(where, 'a GeometryCollection needs the list `geometries`')
  value.geometries.forEach((geometry: unknown, i) => requireGeometry(geometry, `${where}.geometries[${i}]`))
}

const wrong = (field: string, msg: string): never => fail('RecordUnmarshalJson', { field, msg })
