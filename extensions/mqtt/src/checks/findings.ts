import { ReasonCode } from '../packet/connack.ts'

/** Checks of the group `mqtt-core` that need a packet's bytes. */
export type CheckId = 'M002' | 'M003' | 'M004' | 'M004C' | 'M005' | 'M006' | 'M008' | 'M009' | 'M011' | 'M012' | 'M015' | 'M016'

/** What was found in the packet that is looked at. One object is used again for each packet. */
export class Findings {
  readonly #ids: CheckId[] = []
  /** Reason code of MQTT 5 for the first that is a fault of the protocol. */
  violation: number | undefined = undefined
  /** Levels of the topic, or of the filter with the most. */
  levels = 0

  clear (): void {
    this.#ids.length = 0
    this.violation = undefined
    this.levels = 0
  }

  /** Note a fault; `code`: undefined where the protocol allows it. */
  note (id: CheckId, code?: number): void {
    if (!this.#ids.includes(id)) this.#ids.push(id)
    this.violation ??= code
  }

  malformed (id: CheckId): void { this.note(id, ReasonCode.malformedPacket) }
  protocolError (id: CheckId): void { this.note(id, ReasonCode.protocolError) }

  get ids (): readonly CheckId[] { return this.#ids }
}
