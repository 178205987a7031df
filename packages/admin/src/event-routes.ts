import { describeChoices, eventNames, WeirError, type EventName } from '@weirlb/model'
import { z } from 'zod'
import { route, type Route } from './route.ts'

/** The names in `a,b`; all of them when there is no list. */
const namesIn = (list: string | undefined): readonly EventName[] => {
  if (list === undefined) return eventNames
  const names = list.split(',')
  for (const name of names) {
    if (eventNames.some(known => known === name)) continue
    const message = `query parameter 'type': no event '${name}'; there are: ${describeChoices(eventNames)}`
    throw new WeirError('query-invalid', message, { issues: [{ path: 'type', message }] })
  }
  return [...new Set(names)] as EventName[]
}

/** What Weir tells of itself, as it happens. */
export const eventRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/events',
    operationId: 'streamEvents',
    tag: 'Server',
    summary: 'Stream what happens',
    description: 'Server-sent events from now on: `event` is the type, `data` the event as one line of JSON, as the library gives it to its listeners. ' +
      'A client that reads too slowly loses some and gets `event: dropped` with `{"count": n}` in their place. The stream ends when the server stops.',
    query: z.object({ type: z.string().optional().describe('Only these types, with commas between them.') }),
    answers: { 200: { doc: 'The stream.', stream: 'Event' } },
    handle: ({ weir, query }) => {
      const types = namesIn(query.type)
      return {
        status: 200,
        stream: stream => {
          const ends = types.map(type => weir.on(type, event => { stream.send(event.type, event) }))
          return () => { for (const end of ends) end() }
        }
      }
    }
  })
]
