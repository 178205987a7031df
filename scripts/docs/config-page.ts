import { entityComponents, type OpenApi } from '@weirlb/admin'
import { collectionNames, collections } from '@weirlb/model'
import { anchor, page, table } from './markdown.ts'
import { fieldsOf } from './schema-fields.ts'

const heading = (noun: string): string => `${noun[0]!.toUpperCase()}${noun.slice(1)}`

/** docs/reference/config.md */
export const configPage = ({ components, tags }: OpenApi): string =>
  page('Configuration', [
    'The configuration is one JSON document with a list per kind of entity. `weir serve --config` reads it, `GET /v1/config` returns it, and each list is a collection of the ' +
    '[REST API](rest.md). Unknown fields are refused. Names have 1 to 127 letters, digits, `_`, `.`, `:` or `-` and start with a letter, a digit or `_`; they are unique within their list.',
    table(
      ['List', 'REST', 'Holds'],
      collectionNames.map(name => {
        const { noun, path } = collections[name]
        return [
          `[\`${name}\`](#${anchor(heading(noun))})`,
          `\`/v1/${path}\``,
          tags.find(tag => anchor(tag.name) === path)?.description ?? ''
        ]
      })
    ),
    ...collectionNames.flatMap(name => {
      const schema = components.schemas[`${entityComponents[name]}Input`]!
      return [
        `## ${heading(collections[name].noun)}`,
        ...schema.description === undefined ? [] : [schema.description],
        table(
          ['Field', 'Type', 'Default', 'Meaning'],
          fieldsOf(schema).map(field => [`\`${field.path}\``, field.type, field.default, field.meaning])
        )
      ]
    })
  ])
