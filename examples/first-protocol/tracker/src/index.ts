import { defineProtocol, forward, frame, reject } from '@weirlb/sdk'

const NO = Uint8Array.of(0)

/** Vehicle trackers (Codec 8): the first message is the tracker's IMEI behind a two-byte length; the server answers 01, go on, or 00. */
export default defineProtocol({
  name: 'tracker',
  api: 1,
  balance: 'per-connection',
  fields: { 'tracker.imei': 'string' },

  client: {
    framing: frame.length({ at: 0, size: 2, max: 64 }),
    onMessage (message, ctx) {
      const imei = message.reader().text16()
      if (!/^\d{15}$/.test(imei)) return reject(`'${imei}' is not an IMEI`, NO)
      ctx.set('tracker.imei', imei)
      return forward({ token: imei, session: imei, then: 'tunnel' })
    }
  },

  // A tracker that was told 01 takes 00 for something else.
  goodbye: (_reason, ctx) => ctx.answered ? undefined : NO
})
