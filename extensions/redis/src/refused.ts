/** The first word of an error, by which clients recognise it. */
export type Code = 'ERR' | 'CROSSSLOT' | 'EXECABORT' | 'NOPROTO'

/** A command is refused; the message is sent to its client. */
export class Refused extends Error {
  readonly code: Code

  constructor (message: string, code: Code = 'ERR') {
    super(message)
    this.code = code
  }
}

/** Why no other database is taken. */
export const ONE_DATABASE =
  'there is database 0 only: a database belongs to a connection, and connections to servers are shared by databases'
