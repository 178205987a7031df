import { derElement, derElements, derTime } from './der.ts'

const FOR_NEXT_UPDATE = 0xa0
const SEQUENCE = 0x30

/**
 * Returns when the first answer of an OCSP response is out of date, in milliseconds since 1970. Undefined: it has no
 * such time, or is no response of the basic type (RFC 6960 §4.2.1).
 *
 *     OCSPResponse { status, [0] { ResponseBytes { type, OCTET STRING of BasicOCSPResponse } } }
 *     BasicOCSPResponse { ResponseData, … }
 *     ResponseData { [0] version?, responderID, producedAt, SEQUENCE OF SingleResponse, … }
 *     SingleResponse { certID, certStatus, thisUpdate, [0] nextUpdate?, … }
 */
export const ocspEndsAt = (response: Uint8Array): number | undefined => {
  try {
    const [, bytes] = derElements(response, derElement(response, 0))
    const [, octets] = derElements(response, derElement(response, bytes!.from))
    const [data] = derElements(response, derElement(response, octets!.from))
    const answers = derElements(response, data!).find(({ tag }) => tag === SEQUENCE)
    const ends = derElements(response, answers!).map(answer => {
      const [, , , ...optional] = derElements(response, answer)
      const next = optional.find(({ tag }) => tag === FOR_NEXT_UPDATE)
      return next === undefined ? undefined : derTime(response, derElement(response, next.from))
    }).filter(end => end !== undefined)
    return ends.length === 0 ? undefined : Math.min(...ends)
  } catch {
    return undefined
  }
}
