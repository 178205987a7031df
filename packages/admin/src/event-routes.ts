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

/** Weir's events, as they happen. */
export const eventRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/events',
    operationId: 'streamEvents',
    role: 'read',
    tag: 'Server',
    summary: 'Stream events',
    description: 'Sends server-sent events from now on: `event` is the type, `data` the event as one line of JSON, as listeners of the library receive it. ' +
      'A client that reads too slowly loses events and gets `event: dropped` with `{"count": n}` instead. The stream ends when the server stops. ' +
      'Each event has an `id`. The server keeps the latest 1000; `Last-Event-ID` returns those that were missed, and counts forgotten ones as dropped.',
    query: z.object({ type: z.string().optional().describe('Only these types, separated by commas.') }),
    answers: { 200: { doc: 'The stream.', stream: 'Event' } },
    lastEventId: true,
    handle: ({ query, history, lastEventId }) => {
      const types = new Set(namesIn(query.type))
      return {
        status: 200,
        stream: stream => history.follow(types, lastEventId, stream)
      }
    }
  })
]
