import { WeirError, type CloseReason } from '@weir/model'
import { Op, ThenIndex, type Guest } from '@weir/sdk/abi'
import { whyBroken } from '../framing/measure.ts'
import type { MessageSpec, SideSpec } from '../framing/spec.ts'
import { goodbyeReason } from '../pipeline/goodbye-reason.ts'
import { needsTooMuch } from '../pipeline/stream-flow.ts'
import type { LbRuntime, Wish } from '../upstream/lb-runtime.ts'
import { brokenWhy, cut, type CutFrame } from './cut.ts'
import type { ExplainedFrame, ExplainedOutcome, ExplainedRest, Explanation, ExplainRequest, LbExplanation } from './explanation.ts'
import { Rehearsal, type Rehearsed } from './rehearsal.ts'
import { splitChunk } from './split-chunk.ts'

/** Most frames of one explanation. */
const MOST_FRAMES = 1000
/** What all crossings of one explanation may take together. */
const MOST_MS = 5000

/** Where a client of a user vserver would find itself. */
export interface Scene {
  readonly extension: string
  readonly version: number
  readonly canary: number | undefined
  readonly worker: number
  readonly spec: { readonly client: SideSpec, readonly server: SideSpec | undefined }
  /** Most bytes of one direction that may wait for verdicts. */
  readonly mostHeld: number
  /** As the guest is told: JSON `{ name, params }`. */
  readonly vserver: Uint8Array
  readonly lb: LbRuntime
  readonly via: ReadonlyMap<string, LbRuntime>
  /** What is wrong with an LB vserver that is not bound. */
  unboundVia (name: string): string
}

interface End { readonly reason: CloseReason, readonly detail: string, readonly goodbye: boolean }

/** One explanation while it is made. */
class Explainer {
  readonly #request: ExplainRequest
  readonly #scene: Scene
  readonly #rehearsal: Rehearsal
  readonly #frames: ExplainedFrame[] = []
  #rest: ExplainedRest | undefined
  #end: End | undefined
  /** This direction passes unseen from here on. */
  #then = ThenIndex.continue as number
  /** A server has been chosen, or the side is one that has it already. */
  #chosen: boolean
  readonly #perMessage: boolean
  #service: string | undefined

  constructor (request: ExplainRequest, scene: Scene, guest: Guest) {
    this.#request = request
    this.#scene = scene
    this.#chosen = request.side === 'server'
    this.#perMessage = request.side === 'client' && guest.declaration.balance === 'per-message'
    this.#rehearsal = new Rehearsal(guest, performance.now() + MOST_MS)
  }

  async run (): Promise<Explanation> {
    const { userVserver, side, bytes, client } = this.#request
    const { extension, version, canary, worker, vserver } = this.#scene
    const connect = await this.#rehearsal.open(vserver, client)
    if (connect !== undefined) this.#endBy(connect)
    const spec = this.#scene.spec[side]
    if (this.#end !== undefined) this.#restFrom(0, 'after-end')
    else if (spec === undefined) this.#restFrom(0, 'piped')
    else if (spec.kind === 'stream') await this.#chunkByChunk(spec.entryBytes)
    else await this.#frameByFrame(spec)
    return {
      userVserver, extension, version, canary, worker, side,
      connect: connect && { verdict: connect.verdict, effects: connect.effects },
      frames: this.#frames,
      rest: bytes.length === 0 ? undefined : this.#rest,
      outcome: await this.#outcome(spec),
      counters: this.#rehearsal.counters,
      crossings: this.#rehearsal.crossings
    }
  }

  async #frameByFrame (spec: MessageSpec): Promise<void> {
    const { bytes, side } = this.#request
    const { frames, end, broken, limited } = cut(spec, bytes, MOST_FRAMES)
    const answers = new Map<CutFrame, Rehearsed>()
    for (const [at, frame] of frames.entries()) {
      if (frame.why === 'handler' && !answers.has(frame)) {
        if (this.#rehearsal.late) return this.#restFrom(frame.offset, 'limit')
        // As many as fit, as they would be asked about when they come in one read.
        const asked = frames.slice(at).filter(f => f.why === 'handler')
        const got = await this.#rehearsal.messages(bytes, side === 'client' ? 0 : 1, asked.map(f => ({ from: f.offset, to: f.offset + f.entry, length: f.length })))
        for (const [n, answer] of got.entries()) answers.set(asked[n]!, answer)
      }
      await this.#take(frame, answers.get(frame))
      const next = frame.offset + frame.length
      if (this.#end !== undefined) return this.#restFrom(next, 'after-end')
      if (this.#then !== ThenIndex.continue) return this.#restFrom(next, 'piped')
    }
    if (broken !== 0) {
      this.#restFrom(end, brokenWhy(broken))
      this.#break(whyBroken(broken))
    } else this.#restFrom(end, limited ? 'limit' : 'incomplete')
  }

  /** Ask about a stream as if it had come in one read. Each pass is a frame of its own, and so is what is left of the bytes when the last verdict ends them. */
  async #chunkByChunk (entryBytes: number): Promise<void> {
    const { bytes, side } = this.#request
    const { mostHeld } = this.#scene
    let at = 0
    while (at < bytes.length) {
      if (this.#rehearsal.late || this.#frames.length >= MOST_FRAMES) return this.#restFrom(at, 'limit')
      const to = Math.min(bytes.length, at + entryBytes)
      const answer = await this.#rehearsal.data(bytes, side === 'client' ? 0 : 1, at, to)
      const chunk = await splitChunk(answer, at, to, answer => this.#chosen ? undefined : this.#choose(answer))
      this.#frames.push(...chunk.frames)
      at = chunk.end
      if (this.#end !== undefined) return this.#restFrom(at, 'after-end')
      if (answer.op === Op.more) {
        if (at >= to || answer.needed === 0) continue
        const needed = to - at + answer.needed
        const most = Math.min(mostHeld, entryBytes)
        if (needed > most) this.#break(needsTooMuch(needed, most))
        else if (to + answer.needed <= bytes.length) continue
      } else if (answer.op === Op.pipe) this.#then = answer.then
      else this.#endBy(answer)
      if (at < bytes.length) this.#frames.push({ offset: at, length: bytes.length - at, seen: true, why: 'stream', entered: to - at, answer: { verdict: answer.verdict, effects: chunk.effects }, decision: chunk.decision })
      return
    }
  }

  async #take (frame: CutFrame, answer: Rehearsed | undefined): Promise<void> {
    const { offset, length, why, entry } = frame
    const forwards = answer === undefined || answer.op === Op.forward
    const decision = forwards && (this.#perMessage || !this.#chosen) ? await this.#choose(answer) : undefined
    const seen = answer !== undefined
    this.#frames.push({ offset, length, seen, why, entered: seen ? entry : 0, answer: answer && { verdict: answer.verdict, effects: answer.effects }, decision })
    if (answer === undefined || this.#end !== undefined) return
    if (answer.op === Op.forward) this.#then = answer.then
    else this.#endBy(answer)
  }

  #endBy ({ op, verdict }: Rehearsed): void {
    const detail = (verdict.why ?? '').split('\n', 1)[0]!
    if (op === Op.reject) this.#end = { reason: 'rejected', detail, goodbye: false }
    else if (op === Op.malformed) this.#end = { reason: 'protocol-error', detail, goodbye: true }
    else if (op === Op.threw) this.#end = { reason: 'extension-error', detail, goodbye: true }
  }

  /** The stream cannot be gone on with. */
  #break (why: string): void {
    this.#end = { reason: 'protocol-error', detail: this.#request.side === 'client' ? why : `from the server: ${why}`, goodbye: true }
  }

  async #choose (answer: Rehearsed | undefined): Promise<LbExplanation | undefined> {
    this.#chosen = true
    const { lb: byDefault, via } = this.#scene
    const name = answer?.verdict.via
    const lb = name === undefined ? byDefault : via.get(name)
    if (lb === undefined) {
      this.#end = { reason: 'extension-error', detail: this.#scene.unboundVia(name!), goodbye: true }
      return undefined
    }
    const wish: Wish = { tokenKey: answer?.tokenKey, sessionKey: answer?.sessionKey, tried: [], stray: undefined }
    const decision = await lb.explain(wish)
    let last = decision
    while (last.backup !== undefined) last = last.backup
    this.#service = last.service
    if (last.refusal !== undefined) this.#end = { reason: last.refusal, detail: '', goodbye: true }
    return decision
  }

  #restFrom (offset: number, why: ExplainedRest['why']): void {
    const length = this.#request.bytes.length - offset
    if (length > 0) this.#rest = { offset, length, why }
  }

  async #outcome (spec: SideSpec | undefined): Promise<ExplainedOutcome> {
    const end = this.#end
    if (end !== undefined) {
      const reason = end.goodbye ? goodbyeReason[end.reason] : undefined
      const goodbye = reason === undefined || !this.#isKnown ? undefined : await this.#rehearsal.goodbye(reason, this.#request.side === 'server')
      return { becomes: 'closed', reason: end.reason, detail: end.detail === '' ? undefined : end.detail, goodbye, service: undefined }
    }
    const noServerSide = this.#scene.spec.server === undefined
    const becomes = this.#then === ThenIndex.tunnel || (this.#then === ThenIndex.pipe && noServerSide) ? 'tunnel'
      : this.#then === ThenIndex.pipe || spec === undefined ? 'pipe'
        : this.#chosen ? 'open' : 'waiting'
    return { becomes, reason: undefined, detail: undefined, goodbye: undefined, service: this.#service }
  }

  /** The guest has heard of the client when the end comes: one that it was never told of gets no last words. */
  get #isKnown (): boolean {
    const { client } = this.#scene.spec
    // What a server answers, a client has been forwarded for.
    return this.#rehearsal.asked || (this.#request.side === 'server' && (client.kind === 'stream' || client.handler))
  }
}

/** Explain bytes on a guest that nobody else uses, and end it. */
export const explain = async (request: ExplainRequest, scene: Scene, guest: Guest): Promise<Explanation> => {
  try {
    return await new Explainer(request, scene, guest).run()
  } finally {
    guest.dispose()
  }
}

/** Why there is nothing to explain on. */
export const notUp = (extension: string): WeirError =>
  new WeirError('extension-down', `extension '${extension}' is out of service after failing repeatedly: no client of it is asked anything`, { retry: true })
