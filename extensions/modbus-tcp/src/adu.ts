// A frame (MODBUS Messaging on TCP/IP Implementation Guide V1.0b §3.1.3), numbers big-endian:
//
//   transaction (2) │ protocol, 0 (2) │ length of what follows (2) │ unit (1) │ function (1) │ data
//   └──────────────────────────── MBAP header ────────────────────────────────┘
import { Malformed, type Bytes, type Reader } from '@weirlb/sdk'

/** Largest frame: the header and a PDU of 253 bytes. */
export const LARGEST = 260

/** The bytes of a frame that are parsed: the header and the function. */
export const HEAD = 8

/** The unit identifier of all devices behind a gateway, which do not answer (MODBUS over Serial Line V1.02 §2.1). */
export const BROADCAST = 0

/** The parsed fields of a frame. */
export interface Adu { readonly transaction: number, readonly unit: number, readonly code: number }

/** Read the head of a frame. Throws Malformed for another protocol than Modbus, and where there is no function code. */
export const readAdu = (reader: Reader): Adu => {
  const transaction = reader.u16()
  const protocol = reader.u16()
  if (protocol !== 0) throw new Malformed(`protocol identifier ${protocol}; Modbus is 0`)
  const length = reader.u16()
  if (length < 2) throw new Malformed(`length ${length}: a unit identifier and a function code are 2`)
  return { transaction, unit: reader.u8(), code: reader.u8() }
}

/** Set in the function code of an exception (MODBUS Application Protocol V1.1b3 §7). */
export const EXCEPTION = 0x80

/** Exception codes (MODBUS Application Protocol V1.1b3 §7). */
export const exceptions = {
  illegalFunction: 0x01,
  serverDeviceBusy: 0x06,
  gatewayPathUnavailable: 0x0a,
  gatewayTargetFailedToRespond: 0x0b
} as const

/** The answer that a request is not done, and why. */
export const exceptionTo = ({ transaction, unit, code }: Adu, exception: number): Bytes =>
  Uint8Array.of(transaction >> 8, transaction & 0xff, 0, 0, 0, 3, unit, code | EXCEPTION, exception)
