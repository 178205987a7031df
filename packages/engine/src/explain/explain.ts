import { WeirError } from '@weirlb/model'
import { ThenIndex, type Guest, type GuestFailure } from '@weirlb/sdk/abi'
import type { Balancer } from '../balancing/balancer.ts'
import type { LbExplanation } from '../balancing/lb-explanation.ts'
import { toldInOneLine } from '../extension/ask-guest.ts'
import { cut, type Cut } from '../framing/cut.ts'
import { absentGuest } from '../rehearsal/absent-guest.ts'
import type { Rehearsal } from '../rehearsal/rehearsal.ts'
import { SoleServer } from '../rehearsal/sole-server.ts'
import { Stage } from '../rehearsal/stage.ts'
import { Ticks } from '../rehearsal/ticks.ts'
import type { Judgement } from '../rehearsal/transcript.ts'
import { shownBytes } from '../trace/shown-answer.ts'
import type { ExplainedOutcome, Explanation, ExplainRequest } from './explanation.ts'
import { ExplainingLb } from './explaining-lb.ts'
import { countsOf, judgedOf, type Judged } from './judged.ts'
import { Reading } from './reading.ts'
import type { Scene } from './scene.ts'

/** Most frames of one explanation. */
const MAX_FRAMES = 1000
/** What all crossings of one explanation may take together. */
const MAX_MS = 5000

/** One explanation while it is made: a rehearsal, and what its transcript says. */
class Explainer {
  readonly #request: ExplainRequest
  readonly #scene: Scene
  readonly #guest: Guest | undefined
  readonly #stage: Stage
  readonly #decisions: (LbExplanation | undefined)[] = []
  /** The frames of a side that is cut in messages. */
  readonly #cut: Cut | undefined
  readonly #bytes: Uint8Array

  /** Without a guest nobody is asked. */
  constructor (request: ExplainRequest, scene: Scene, guest: Guest | undefined) {
    this.#request = request
    this.#scene = scene
    this.#guest = guest
    this.#stage = this.#build(guest ?? absentGuest(scene.host.declaration))
    if (guest === undefined) this.#stage.host.state = 'down'
    const side = scene.host.spec[request.side]
    this.#cut = side?.kind === 'messages' ? cut(side, request.bytes, MAX_FRAMES) : undefined
    this.#bytes = this.#cut?.limited === true ? request.bytes.subarray(0, this.#cut.end) : request.bytes
  }

  #build (guest: Guest): Stage {
    const { vserver, host, failOpen } = this.#scene
    const ticks = new Ticks()
    // Who is answered has a server.
    const lb = this.#request.side === 'server' ? new SoleServer(vserver.lb.name) : new ExplainingLb(vserver.lb, this.#decisions, ticks)
    const via = new Map<string, Balancer>([...vserver.via].map(([name, named]) => [name, new ExplainingLb(named, this.#decisions, ticks)]))
    const { config } = vserver
    const scenery = { config: { ...config, limits: { ...config.limits, outstandingReplies: Infinity } }, lb, via, unboundVia: (name: string) => vserver.unboundVia(name) }
    const cast = { extension: host.name, options: host.options, failOpen, maxHeldBytes: host.maxHeldBytes, wantsSites: true }
    const stage = new Stage(scenery, cast, guest, ticks)
    stage.host.describeVserver(stage.index, JSON.parse(Buffer.from(host.vserverInfo(vserver.index)!).toString()) as { name: string, params: object })
    return stage
  }

  async run (): Promise<Explanation> {
    const rehearsal = await this.#rehearse()
    try {
      return this.#explained(rehearsal)
    } finally {
      rehearsal.end()
    }
  }

  /** Say the bytes in one piece. */
  async #rehearse (): Promise<Rehearsal<Judged | undefined>> {
    const { side, client } = this.#request
    const { declaration, spec } = this.#scene.host
    const until = performance.now() + MAX_MS
    let counts = 0
    const goesOn = (): boolean => performance.now() <= until && counts < MAX_FRAMES
    const rehearsal = this.#stage.rehearse(client, answer => {
      const judged = judgedOf(answer, declaration, stack => this.#stage.guest.mapStack(stack))
      counts += countsOf(judged)
      return judged
    })
    await rehearsal.play(goesOn)
    if (side === 'client') rehearsal.clientSays(this.#bytes)
    else {
      // What a server answers, a client has been forwarded for: the extension has heard of it if it hears of messages.
      if (spec.client.kind === 'stream' || spec.client.handler) this.#stage.host.submitOpen(rehearsal.connection)
      rehearsal.pretendMessages(Math.max(1, this.#cut?.frames.length ?? 0))
      await rehearsal.play(goesOn)
      rehearsal.serverSays(this.#bytes)
    }
    await rehearsal.play(goesOn)
    rehearsal.stopWaiting()
    await rehearsal.play(goesOn)
    return rehearsal
  }

  #explained (rehearsal: Rehearsal<Judged | undefined>): Explanation {
    const { userVserver, side, bytes } = this.#request
    const { vserver, host } = this.#scene
    const { transcript } = rehearsal
    const judgements = known(transcript.judgements)
    const failure = this.#failure(rehearsal)
    const connect = judgements[0]?.call === 'connect' ? judgements[0] : undefined
    const reading = this.#read(rehearsal, connect === undefined ? judgements : judgements.slice(1), connect?.ends === true)
    return {
      userVserver, side,
      extension: host.name,
      version: host.version,
      canary: vserver.extension.canary?.version,
      worker: vserver.worker,
      connect: connect && { verdict: connect.answer.verdict, effects: connect.answer.effects },
      frames: reading.frames,
      rest: bytes.length === 0 ? undefined : reading.rest,
      outcome: this.#outcome(rehearsal, reading, failure),
      counters: transcript.counters,
      crossings: transcript.crossings
    }
  }

  /** Why the extension could not say what becomes of the connection. Throws that, unless such a connection is tunnelled. */
  #failure ({ connection, transcript }: Rehearsal<Judged | undefined>): string | undefined {
    const { failure, closed, judgements } = transcript
    if (this.#guest === undefined) return outOfService(this.#scene.host.name)
    if (failure === undefined) return undefined
    const why = couldNotSay(failure, this.#guest)
    if (connection.failedOpen) return why
    // It failed at the goodbye of a connection that had ended before.
    if (judgements.at(-1)?.ends === true || (closed !== undefined && closed.reason !== 'extension-error')) return undefined
    throw new WeirError('extension-failed', why)
  }

  #read ({ connection }: Rehearsal<Judged | undefined>, judgements: readonly Judgement<Judged>[], refused: boolean): Reading {
    const { side, bytes } = this.#request
    const { declaration, spec } = this.#scene.host
    const reading = new Reading({
      length: bytes.length,
      judgements,
      decisions: this.#decisions,
      perMessage: declaration.balance === 'per-message',
      isServed: side === 'server',
      isOver: connection.ending,
      failedOpen: connection.failedOpen
    })
    const framing = spec[side]
    const first = bytes[0]
    const isStranger = first !== undefined && framing?.beginning?.refusal(first) !== undefined
    if (refused || isStranger || this.#guest === undefined) reading.stopAt(0)
    else if (framing === undefined) reading.restFrom(0, connection.ending ? 'after-end' : 'piped')
    else if (this.#cut === undefined) reading.stream()
    else reading.messages(this.#cut)
    return reading
  }

  #outcome ({ connection, transcript }: Rehearsal<Judged | undefined>, reading: Reading, failure: string | undefined): ExplainedOutcome {
    const { side } = this.#request
    const { closed, goodbye } = transcript
    const failedOpen = connection.failedOpen || undefined
    // The server of one that fails open, if no frame has chosen it.
    const decision = failedOpen && !reading.isChosen ? reading.nextDecision() : undefined
    const open = { failedOpen, decision }
    if (closed !== undefined) {
      return { becomes: 'closed', reason: closed.reason, detail: closed.detail === '' ? failedOpen && failure : closed.detail, goodbye: goodbye && shownBytes(goodbye), service: undefined, ...open }
    }
    const { server } = this.#scene.host.spec
    const { then } = reading
    const unseen = side === 'server' && server === undefined
    const becomes = failedOpen || then === ThenIndex.tunnel || (then === ThenIndex.pipe && server === undefined) ? 'tunnel'
      : then === ThenIndex.pipe || unseen ? 'pipe'
        : reading.isChosen ? 'open' : 'waiting'
    return { becomes, reason: undefined, detail: failedOpen && failure, goodbye: undefined, service: reading.service, ...open }
  }

  dispose (): void { this.#stage.dispose() }
}

const known = (judgements: readonly Judgement<Judged | undefined>[]): readonly Judgement<Judged>[] => {
  if (judgements.some(({ answer }) => answer === undefined)) throw new WeirError('extension-failed', 'the extension wrote into the memory of its answers')
  return judgements as readonly Judgement<Judged>[]
}

/** A client that is refused before anybody is asked about it. */
const refusedAtOnce = ({ userVserver, side, bytes }: ExplainRequest, { vserver, host }: Scene, { reason, detail }: NonNullable<Scene['refused']>): Explanation => ({
  userVserver, side,
  extension: host.name,
  version: host.version,
  canary: vserver.extension.canary?.version,
  worker: vserver.worker,
  connect: undefined,
  frames: [],
  rest: bytes.length === 0 ? undefined : { offset: 0, length: bytes.length, why: 'after-end' },
  outcome: { becomes: 'closed', reason, detail, goodbye: undefined, service: undefined, failedOpen: undefined, decision: undefined },
  counters: {},
  crossings: 0
})

/** Explain bytes on a guest that nobody else uses, and end it; without one where nobody would be asked. */
export const explain = async (request: ExplainRequest, scene: Scene, guest: Guest | undefined): Promise<Explanation> => {
  if (scene.refused !== undefined) return refusedAtOnce(request, scene, scene.refused)
  const explainer = new Explainer(request, scene, guest)
  try {
    return await explainer.run()
  } finally {
    explainer.dispose()
  }
}

const couldNotSay = ({ kind, message }: GuestFailure, guest: Guest): string => `the extension could not say: ${toldInOneLine(message, guest)} (${kind})`

const outOfService = (extension: string): string => `extension '${extension}' is out of service after failing repeatedly: no client of it is asked anything`

/** Why there is nothing to explain on. */
export const notUp = (extension: string): WeirError => new WeirError('extension-down', outOfService(extension), { retry: true })
