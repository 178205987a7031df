// The bytes of the benchmark: MQTT 3.1.1, a QoS 1 PUBLISH and its PUBACK a round trip.

const TOPIC = 'plant/4/line/2/temperature'

export const connectPacket = (clientId: string): Buffer => {
  const id = Buffer.from(clientId)
  const body = Buffer.concat([
    Buffer.from([0, 4]),
    Buffer.from('MQTT'),
    Buffer.from([4, 2, 0, 0]),
    Buffer.from([0, id.length]),
    id
  ])
  return Buffer.concat([Buffer.from([0x10, body.length]), body])
}

export const connack: Buffer = Buffer.from([0x20, 2, 0, 0])
export const puback: Buffer = Buffer.from([0x40, 2, 0, 1])

const remaining = (value: number): number[] => value < 128 ? [value] : [value & 127 | 128, ...remaining(value >> 7)]

/** A PUBLISH of `size` bytes in all. */
export const publishPacket = (size: number): Buffer => {
  const topic = Buffer.concat([Buffer.from([0, TOPIC.length]), Buffer.from(TOPIC), Buffer.from([0, 1])])
  let body = size - 2
  while (1 + remaining(body).length + body > size) body--
  return Buffer.concat([Buffer.from([0x32, ...remaining(body)]), topic, Buffer.alloc(body - topic.length, 0x78)])
}
