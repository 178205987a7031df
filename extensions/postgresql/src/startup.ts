// What a client sends before a server is chosen (PostgreSQL 15 §55.2, §55.7).
import { Malformed, type Message } from '@weirlb/sdk'

/** Codes in place of a protocol version. */
export const SSL_REQUEST = 80877103
export const GSSENC_REQUEST = 80877104
export const CANCEL_REQUEST = 80877102

/** Longest packet before the login (MAX_STARTUP_PACKET_LENGTH of the server). */
export const MAX_STARTUP = 10_000

/** The names in a StartupMessage. The database is that of the user unless it says otherwise. */
export interface Startup { readonly user: string, readonly database: string, readonly application: string }

/** Reads the pairs of a StartupMessage, behind the version. Throws Malformed if they are none. */
export const readStartup = (message: Message): Startup => {
  const reader = message.reader()
  reader.skip(8)
  const rest = reader.text(message.length - 8)
  // Pairs of strings that end with a zero byte, and a zero byte behind the last.
  const parts = rest.split('\0')
  if (!rest.endsWith('\0') || parts.length % 2 !== 0 || parts.at(-2) !== '')
    throw new Malformed('the start-up has no terminator as its last byte')
  let user = ''
  let database = ''
  let application = ''
  for (let i = 0; i < parts.length - 2; i += 2) {
    const value = parts[i + 1]!
    switch (parts[i]) {
      case '': throw new Malformed('the start-up goes on behind its terminator')
      case 'user': user = value; break
      case 'database': database = value; break
      case 'application_name': application = value; break
    }
  }
  return { user, database: database === '' ? user : database, application }
}
