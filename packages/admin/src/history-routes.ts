import { z } from 'zod'
import { route, type Route } from './route.ts'

/** Figures over time. */
export const historyRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/history',
    operationId: 'getHistory',
    role: 'read',
    tag: 'Server',
    summary: 'Show the latest hour of figures, or stream them',
    description: 'Weir keeps a sample every two seconds for an hour, in memory: of all user vservers together, and of 100 of them, the first that have clients. ' +
      'With `Accept: text/event-stream`, the response is server-sent events, `sample`, from now on, of all of them; `Last-Event-ID` returns up to 60 that were missed, and `dropped`, `{"count": n}`, stands for more.',
    query: z.object({
      userVserver: z.string().min(1).optional().describe(
        'Of this user vserver, in place of all together. A stream has all.'
      )
    }),
    answers: { 200: { doc: 'The samples, or a stream of them.', schema: 'History', stream: 'HistorySample' } },
    errors: ['not-found'],
    lastEventId: true,
    handle: ({ weir, lastEventId, query: { userVserver } }) => {
      // Throws not-found, with the names that there are.
      if (userVserver !== undefined) weir.userVservers.require(userVserver)
      return {
        status: 200,
        body: weir.history.view(userVserver) ??
          { ...weir.history.view()!, times: [], figures: empty(weir.history.view()!.figures), refusals: {} },
        stream: stream =>
          weir.history.follow(lastEventId, {
            send: (sample, id) => {
              stream.send('sample', sample, id)
            },
            lost: count => {
              stream.lost(count)
            }
          })
      }
    }
  })
]

/** Of a user vserver that has no history yet. */
const empty = (figures: object): object => Object.fromEntries(Object.keys(figures).map(name => [name, []]))
