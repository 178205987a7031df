import { encodeUtf8, type Bytes, type Message, type Probe } from '@weirlb/sdk'
import { servesNobody } from './packet/connack.ts'
import { packet } from './packet/header.ts'

const CONNACK = 0x20
const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'
const CLEAN_SESSION = 0x02
const KEEP_ALIVE_SECONDS = 60

/** 21 letters and digits: every server has to take those [MQTT-3.1.3-5]. Another one each time: an ID that is in use would end the other's connection [MQTT-3.1.4-2]. */
const clientId = (): Bytes => {
  let id = 'weirprobe'
  while (id.length < 21) id += LETTERS[Math.floor(Math.random() * LETTERS.length)]!
  return encodeUtf8(id)
}

const judge = (answer: Message): ReturnType<Probe['judge']> => {
  const reader = answer.reader()
  const type = reader.u8()
  if (type !== CONNACK) return { down: `its first packet is no CONNACK but begins with 0x${type.toString(16)}` }
  reader.uleb128()
  const code = reader.skip(1).u8()
  return servesNobody(code) ? { down: `CONNACK code ${code}` } : 'up'
}

/** CONNECT as 3.1.1 with a clean session that ends with the connection, under an ID of its own; a server that answers it with a CONNACK is up, whatever it thinks of this client. */
export const probe: Probe = {
  send: () => {
    const id = clientId()
    return packet(0x10, [[0, 4, ...encodeUtf8('MQTT'), 4, CLEAN_SESSION, 0, KEEP_ALIVE_SECONDS, 0, id.length], id])
  },
  judge
}
