import { WeirError, type CloseReason } from '@weirlb/model'
import { Op, ThenIndex, type Guest } from '@weirlb/sdk/abi'
import { MALFORMED, whyBroken } from '../framing/measure.ts'
import type { MessageSpec, SideSpec } from '../framing/spec.ts'
import { goodbyeReason } from '../connection/goodbye-reason.ts'
import { needsTooMuch } from '../direction/stream-inlet.ts'
import type { Wish } from '../balancing/balancer.ts'
import { cut, type CutFrame } from '../framing/cut.ts'
import type { ExplainedOutcome, ExplainedRest, Explanation, ExplainRequest } from './explanation.ts'
import type { LbExplanation } from '../balancing/lb-explanation.ts'
import type { ExplainedFrame } from '../trace/shown.ts'
import { Rehearsal, type Rehearsed } from './old-rehearsal.ts'
import type { Scene } from './scene.ts'
import { splitChunk } from './split-chunk.ts'

/** Most frames of one explanation. */
const MOST_FRAMES = 1000
/** What all crossings of one explanation may take together. */
const MOST_MS = 5000

interface End { readonly reason: CloseReason, readonly detail: string, readonly goodbye: boolean }

/** One explanation while it is made. */
class Explainer {
  readonly #request: ExplainRequest
  readonly #scene: Scene
  readonly #frames: ExplainedFrame[] = []
  #connect: Rehearsed | undefined
  #rest: ExplainedRest | undefined
  #end: End | undefined
  /** This direction passes unseen from here on. */
  #then = ThenIndex.continue as number
  /** A server has been chosen, or the side is one that has it already. */
  #chosen: boolean
  readonly #perMessage: boolean
  /** The server has said its last: nothing of ours follows. */
  #saidLast = false
  #service: string | undefined
  /** Why nobody could be asked, and how the server was chosen without. */
  #failedOpen: { readonly why: string, readonly decision: LbExplanation | undefined } | undefined

  constructor (request: ExplainRequest, scene: Scene) {
    this.#request = request
    this.#scene = scene
    this.#chosen = request.side === 'server'
    this.#perMessage = request.side === 'client' && scene.declaration.balance === 'per-message'
  }

  /** Without a guest nobody is asked. */
  async run (guest: Guest | undefined): Promise<Explanation> {
    const { userVserver, side, bytes } = this.#request
    const { extension, version, canary, worker, refused } = this.#scene
    const rehearsal = guest && new Rehearsal(guest, performance.now() + MOST_MS)
    if (refused !== undefined) {
      this.#end = { ...refused, goodbye: false }
      this.#restFrom(0, 'after-end')
    } else if (rehearsal === undefined) await this.#failOpen(outOfService(extension))
    else await this.#rehearse(rehearsal)
    const connect = this.#connect
    return {
      userVserver, extension, version, canary, worker, side,
      connect: connect && { verdict: connect.verdict, effects: connect.effects },
      frames: this.#frames,
      rest: bytes.length === 0 ? undefined : this.#rest,
      outcome: await this.#outcome(rehearsal),
      counters: rehearsal?.counters ?? {},
      crossings: rehearsal?.crossings ?? 0
    }
  }

  async #rehearse (rehearsal: Rehearsal): Promise<void> {
    const { vserver, spec, failOpen } = this.#scene
    try {
      this.#connect = await rehearsal.open(vserver, this.#request.client)
      if (this.#connect !== undefined) this.#endBy(this.#connect)
      const side = spec[this.#request.side]
      if (this.#end !== undefined) this.#restFrom(0, 'after-end')
      else if (side === undefined) this.#restFrom(0, 'piped')
      else if (!this.#begins(side)) this.#restFrom(0, 'after-end')
      else if (side.kind === 'stream') await this.#chunkByChunk(side.entryBytes, rehearsal)
      else await this.#frameByFrame(side, rehearsal)
    } catch (error) {
      if (!failOpen || !isFailure(error)) throw error
      await this.#failOpen(error.message)
    }
  }

  /** False when no client begins with these bytes. */
  #begins ({ beginning }: SideSpec): boolean {
    const [first] = this.#request.bytes
    const detail = first === undefined ? undefined : beginning?.refusal(first)
    if (detail !== undefined) this.#end = { reason: 'rejected', detail, goodbye: false }
    return detail === undefined
  }

  async #frameByFrame (spec: MessageSpec, rehearsal: Rehearsal): Promise<void> {
    const { bytes, side } = this.#request
    const { frames, end, broken, limited } = cut(spec, bytes, MOST_FRAMES)
    const answers = new Map<CutFrame, Rehearsed>()
    for (const [at, frame] of frames.entries()) {
      if (frame.why === 'handler' && !answers.has(frame)) {
        if (rehearsal.late) return this.#restFrom(frame.offset, 'limit')
        // As many as fit, as they would be asked about when they come in one read.
        const asked = frames.slice(at).filter(f => f.why === 'handler')
        const got = await rehearsal.messages(bytes, side === 'client' ? 0 : 1, asked.map(f => ({ from: f.offset, to: f.offset + f.entry, length: f.length })))
        for (const [n, answer] of got.entries()) answers.set(asked[n]!, answer)
      }
      const answer = answers.get(frame)
      await this.#take(frame, answer)
      if (side === 'server' && (answer === undefined || answer.op === Op.forward) && spec.closings?.has(bytes, frame.offset, frame.length) === true) this.#saidLast = true
      const next = frame.offset + frame.length
      if (this.#end !== undefined) return this.#restFrom(next, 'after-end')
      if (this.#then !== ThenIndex.continue) return this.#restFrom(next, 'piped')
    }
    if (broken !== 0) {
      this.#restFrom(end, broken === MALFORMED ? 'malformed' : 'too-large')
      this.#break(whyBroken(broken))
    } else this.#restFrom(end, limited ? 'limit' : 'incomplete')
  }

  /** Ask about a stream as if it had come in one read. Each pass is a frame of its own, and so is what is left of the bytes when the last verdict ends them. */
  async #chunkByChunk (entryBytes: number, rehearsal: Rehearsal): Promise<void> {
    const { bytes, side } = this.#request
    const { maxHeld } = this.#scene
    let at = 0
    while (at < bytes.length) {
      if (rehearsal.late || this.#frames.length >= MOST_FRAMES) return this.#restFrom(at, 'limit')
      const to = Math.min(bytes.length, at + entryBytes)
      const answer = await rehearsal.data(bytes, side === 'client' ? 0 : 1, at, to)
      const chunk = await splitChunk(answer, at, to, answer => this.#chosen ? undefined : this.#choose(answer))
      this.#frames.push(...chunk.frames)
      at = chunk.end
      if (this.#end !== undefined) return this.#restFrom(at, 'after-end')
      if (answer.op === Op.more) {
        if (at >= to || answer.needed === 0) continue
        const needed = to - at + answer.needed
        const most = Math.min(maxHeld, entryBytes)
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

  /** Nobody can be asked any more: all that is not decided goes to the server there is, or to one that the method alone chooses. */
  async #failOpen (why: string): Promise<void> {
    this.#then = ThenIndex.tunnel
    this.#failedOpen = { why, decision: this.#chosen ? undefined : await this.#choose(undefined) }
    const last = this.#frames.at(-1)
    this.#restFrom(last === undefined ? 0 : last.offset + last.length, this.#end === undefined ? 'piped' : 'after-end')
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
    const wish: Wish = { token: answer?.tokenKey, session: answer?.sessionKey, client: this.#request.client, tried: [], stray: undefined }
    const decision = await new Promise<LbExplanation>(resolve => { lb.explain(wish, resolve) })
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

  async #outcome (rehearsal: Rehearsal | undefined): Promise<ExplainedOutcome> {
    const end = this.#end
    const failedOpen = this.#failedOpen
    const open = { failedOpen: failedOpen && true as const, decision: failedOpen?.decision }
    if (end !== undefined) {
      const reason = end.goodbye ? goodbyeReason[end.reason] : undefined
      const goodbye = reason === undefined || this.#saidLast || rehearsal === undefined || !this.#isKnown(rehearsal) ? undefined : await rehearsal.goodbye(reason, this.#request.side === 'server')
      return { becomes: 'closed', reason: end.reason, detail: end.detail === '' ? failedOpen?.why : end.detail, goodbye, service: undefined, ...open }
    }
    const { server } = this.#scene.spec
    const unseen = this.#request.side === 'server' && server === undefined
    const becomes = this.#then === ThenIndex.tunnel || (this.#then === ThenIndex.pipe && server === undefined) ? 'tunnel'
      : this.#then === ThenIndex.pipe || unseen ? 'pipe'
        : this.#chosen ? 'open' : 'waiting'
    return { becomes, reason: undefined, detail: failedOpen?.why, goodbye: undefined, service: this.#service, ...open }
  }

  /** The guest has heard of the client when the end comes: one that it was never told of gets no last words. */
  #isKnown ({ asked }: Rehearsal): boolean {
    const { client } = this.#scene.spec
    // What a server answers, a client has been forwarded for.
    return this.#failedOpen === undefined && (asked || (this.#request.side === 'server' && (client.kind === 'stream' || client.handler)))
  }
}

/** Explain bytes on a guest that nobody else uses, and end it; without one where nobody would be asked. */
export const explain = async (request: ExplainRequest, scene: Scene, guest: Guest | undefined): Promise<Explanation> => {
  try {
    return await new Explainer(request, scene).run(guest)
  } finally {
    guest?.dispose()
  }
}

const isFailure = (error: unknown): error is WeirError => error instanceof WeirError && error.code === 'extension-failed'

const outOfService = (extension: string): string => `extension '${extension}' is out of service after failing repeatedly: no client of it is asked anything`

/** Why there is nothing to explain on. */
export const notUp = (extension: string): WeirError => new WeirError('extension-down', outOfService(extension), { retry: true })
