import { expect, test } from 'vitest'
import { z } from 'zod'
import { config } from './config.ts'
import { filePath } from './file-path.ts'
import { filesOf } from './files-of.ts'

test('the files of an entity are found at any depth, and parameters are none', () => {
  const monitors = [{ type: 'extension', secretFiles: { password: '/b', 'a File': '/c' } }]
  expect(filesOf({ certFile: '/a', monitors, tls: { keyLogFile: '/d' }, params: { logFile: '/no' }, comment: '/no' }))
    .toEqual(['/a', '/b', '/c', '/d'])
})

/** Names of the fields below a schema that hold paths. */
const pathFields = (schema: z.ZodType, name: string): string[] => {
  if (schema === filePath) return [name]
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return pathFields(schema.unwrap() as z.ZodType, name)
  if (schema instanceof z.ZodArray) return pathFields(schema.element as z.ZodType, name)
  if (schema instanceof z.ZodRecord) return pathFields(schema.valueType as z.ZodType, name)
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(option => pathFields(option as z.ZodType, name))
  if (schema instanceof z.ZodObject)
    return Object.entries(schema.shape as Record<string, z.ZodType>).flatMap(([field, inner]) =>
      pathFields(inner, field)
    )
  return []
}

test('every field with a path has a name by which it is found', () => {
  const names = new Set(pathFields(config, ''))
  expect([...names]).toEqual(expect.arrayContaining(['keyFile', 'secretFiles', 'keyLogFile']))
  expect([...names].filter(name => !name.endsWith('File') && name !== 'secretFiles')).toEqual([])
})
