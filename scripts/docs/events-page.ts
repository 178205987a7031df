import type { JsonSchema, OpenApi } from '@weirlb/admin'
import { eventTypes } from '@weirlb/model'
import { page, table } from './markdown.ts'
import { fieldsOf } from './schema-fields.ts'

/** docs/reference/events.md */
export const eventsPage = ({ components }: OpenApi): string => {
  const schemas = (components.schemas['Event']!.anyOf ?? []) as JsonSchema[]
  return page('Events', [
    "Weir emits events while it runs. The library calls listeners, `weir.on('service-down', event => …)`; the API streams the same objects over [`GET /v1/events`](rest.md#get-v1events).",
    table(['Event', 'Meaning'], Object.entries(eventTypes).map(([type, { doc }]) => [`[\`${type}\`](#${type})`, doc])),
    ...schemas.flatMap(schema => {
      const [type, ...fields] = fieldsOf(schema)
      return [
        `## ${type!.type.replaceAll('`', '')}`,
        table(
          ['Field', 'Type', 'Meaning'],
          [type!, ...fields].map(field => [`\`${field.path}\``, field.type, field.meaning])
        )
      ]
    })
  ])
}
