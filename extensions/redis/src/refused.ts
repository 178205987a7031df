/** A command is refused; the message is sent to its client. */
export class Refused extends Error {
  /** The first word, by which clients recognise errors. */
  readonly code: 'ERR' | 'CROSSSLOT' | 'NOPROTO'

  constructor (message: string, code: 'ERR' | 'CROSSSLOT' | 'NOPROTO' = 'ERR') {
    super(message)
    this.code = code
  }
}

/** Why no other database is taken. */
export const ONE_DATABASE = 'there is database 0 only: a database belongs to a connection, and connections to servers are shared by databases'
