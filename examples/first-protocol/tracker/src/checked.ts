import { defineProtocol, forward, frame, reject } from '@weirlb/sdk'

const NO = Uint8Array.of(0)

// #region check
/** The last digit of an IMEI checks the others (Luhn; 3GPP TS 23.003, annex B). */
const isImei = (text: string): boolean => {
  if (!/^\d{15}$/.test(text)) return false
  let sum = 0
  for (let i = 0; i < 15; i++) {
    const digit = Number(text[i]) * (i % 2 + 1)
    sum += digit > 9 ? digit - 9 : digit
  }
  return sum % 10 === 0
}
// #endregion

/** Vehicle trackers (Codec 8): the first message is the tracker's IMEI after a two-byte length; the server answers 01 (accepted) or 00. */
export default defineProtocol({
  name: 'tracker',
  api: 1,
  balance: 'per-connection',
  fields: { 'tracker.imei': 'string' },

  client: {
    framing: frame.length({ at: 0, size: 2, max: 64 }),
    onMessage (message, ctx) {
      const imei = message.reader().text16()
      // #region use
      if (!isImei(imei)) return reject(`'${imei}' is not an IMEI`, NO)
      // #endregion
      ctx.set('tracker.imei', imei)
      return forward({ token: imei, session: imei, then: 'tunnel' })
    }
  },

  // After 01, a tracker would not read 00 as a refusal.
  goodbye: (_reason, ctx) => ctx.answered ? undefined : NO
})
