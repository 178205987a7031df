// Small databases in the format mmdb (https://maxmind.github.io/MaxMind-DB/), as the real ones are made.
import { parseNetwork } from '@weirlb/model'
import { ipBytes } from '../../packages/link/src/ip-bytes.ts'

type Value = string | number | { readonly [field: string]: Value } | readonly Value[]

const control = (type: number, size: number): Buffer => {
  // Sizes of 29 and more take one further byte here, which is as far as tests go.
  const [short, more] = size < 29 ? [size, []] : [29, [size - 29]]
  return Buffer.from(type <= 7 ? [type << 5 | short, ...more] : [short, type - 7, ...more])
}

const encode = (value: Value, type = 6): Buffer => {
  if (typeof value === 'string') return Buffer.concat([control(2, Buffer.byteLength(value)), Buffer.from(value)])
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64BE(BigInt(value))
    const first = bytes.findIndex(byte => byte !== 0)
    const significant = first < 0 ? Buffer.alloc(0) : bytes.subarray(first)
    return Buffer.concat([control(type, significant.length), significant])
  }
  if (Array.isArray(value))
    return Buffer.concat([
      control(11, value.length),
      ...(value as readonly Value[]).map(each => encode(each))
    ])
  const fields = Object.entries(value)
  return Buffer.concat([control(7, fields.length), ...fields.flatMap(([name, field]) => [encode(name), encode(field)])])
}

const EMPTY = -1
/** A node's two records: another node, or a record of data as `-2 - index`. */
type Node = [number, number]

/** A database of these networks; a wider one stands before those in it. */
export const mmdbOf = (networks: Readonly<Record<string, Value>>, databaseType = 'Test'): Buffer => {
  const nodes: Node[] = [[EMPTY, EMPTY]]
  const data: Buffer[] = []
  for (const [text, value] of Object.entries(networks)) {
    const { address, prefix, family } = parseNetwork(text)!
    const bytes = family === 'ipv4' ? Buffer.concat([Buffer.alloc(12), ipBytes(address)]) : ipBytes(address)
    const bits = family === 'ipv4' ? prefix + 96 : prefix
    let node = 0
    for (let n = 0; n < bits; n++) {
      const side = bytes[n >> 3]! >> (7 - (n & 7)) & 1
      const next = nodes[node]![side]!
      if (n === bits - 1) nodes[node]![side] = -2 - data.length
      else if (next >= 0) node = next
      else {
        nodes.push([next, next])
        nodes[node]![side] = nodes.length - 1
        node = nodes.length - 1
      }
    }
    data.push(encode(value))
  }
  const offsets: number[] = []
  let at = 0
  for (const each of data) {
    offsets.push(at)
    at += each.length
  }
  const tree = Buffer.alloc(nodes.length * 6)
  for (const [n, sides] of nodes.entries()) {
    for (const [side, to] of sides.entries())
      tree.writeUIntBE(
        to >= 0 ? to : to === EMPTY ? nodes.length : nodes.length + 16 + offsets[-2 - to]!,
        n * 6 + side * 3,
        3
      )
  }
  const metadata = Buffer.concat([
    control(7, 9),
    ...Object.entries({
      binary_format_major_version: encode(2, 5),
      binary_format_minor_version: encode(0, 5),
      build_epoch: encode(1_700_000_000, 9),
      database_type: encode(databaseType),
      description: encode({ en: 'a test' }),
      ip_version: encode(6, 5),
      languages: encode(['en']),
      node_count: encode(nodes.length),
      record_size: encode(24, 5)
    }).flatMap(([name, value]) => [encode(name), value])
  ])
  return Buffer.concat([tree, Buffer.alloc(16), ...data, Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'), metadata])
}
