/** One packet of a capture: its bytes, and the type of the link that they are of (LINKTYPE_ values of tcpdump.org). */
export interface Packet { readonly link: number, readonly bytes: Uint8Array }

const PCAP = 0xa1b2c3d4
const PCAP_NANOSECONDS = 0xa1b23c4d
const SECTION = 0x0a0d0d0a
const BYTE_ORDER = 0x1a2b3c4d
const INTERFACE = 1
const SIMPLE_PACKET = 3
const ENHANCED_PACKET = 6

/**
 * Returns the packets of a capture in the format of tcpdump (pcap) or of Wireshark (pcapng), as far as the file goes;
 * undefined for a file that is none.
 */
export const packetsOf = (file: Uint8Array): readonly Packet[] | undefined => {
  if (file.length < 24) return undefined
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  if (view.getUint32(0) === SECTION) return ofPcapng(file, view)
  const little = [PCAP, PCAP_NANOSECONDS].includes(view.getUint32(0, true))
  return little || [PCAP, PCAP_NANOSECONDS].includes(view.getUint32(0)) ? ofPcap(file, view, little) : undefined
}

const ofPcap = (file: Uint8Array, view: DataView, little: boolean): readonly Packet[] => {
  const packets: Packet[] = []
  // The upper bits are about checksums of frames.
  const link = view.getUint32(20, little) & 0xffff
  for (let at = 24; at + 16 <= file.length;) {
    const end = at + 16 + view.getUint32(at + 8, little)
    if (end > file.length) break
    packets.push({ link, bytes: file.subarray(at + 16, end) })
    at = end
  }
  return packets
}

const ofPcapng = (file: Uint8Array, view: DataView): readonly Packet[] => {
  const packets: Packet[] = []
  let links: number[] = []
  let little = false
  for (let at = 0; at + 12 <= file.length;) {
    const section = view.getUint32(at) === SECTION
    if (section) {
      little = view.getUint32(at + 8, true) === BYTE_ORDER
      links = []
    }
    const length = view.getUint32(at + 4, little)
    const end = at + length
    if (length < 12 || end > file.length) break
    const type = section ? SECTION : view.getUint32(at, little)
    if (type === INTERFACE && length >= 20) links.push(view.getUint16(at + 8, little))
    if (type === ENHANCED_PACKET && length >= 32) {
      const captured = Math.min(view.getUint32(at + 20, little), length - 32)
      const link = links[view.getUint32(at + 8, little)]
      if (link !== undefined) packets.push({ link, bytes: file.subarray(at + 28, at + 28 + captured) })
    }
    if (type === SIMPLE_PACKET && length >= 16 && links[0] !== undefined) {
      const captured = Math.min(view.getUint32(at + 8, little), length - 16)
      packets.push({ link: links[0], bytes: file.subarray(at + 12, at + 12 + captured) })
    }
    at = end
  }
  return packets
}
