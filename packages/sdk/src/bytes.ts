/** Bytes of a message, a key or a reply. */
export type Bytes = Uint8Array

/**
 * Thrown when a complete frame is shorter than its own fields claim, or its fields are invalid; ends the connection as
 * `protocol-error`.
 */
export class Malformed extends Error {
  override readonly name = 'Malformed'
}
