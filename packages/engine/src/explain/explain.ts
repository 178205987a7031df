import { WeirError } from '@weirlb/model'
import { ThenIndex, type Guest, type GuestFailure } from '@weirlb/sdk/abi'
import type { VserverDescription } from '../extension/vserver-description.ts'
import type { LbExplanation } from '../balancing/lb-explanation.ts'
import { absentGuest } from '../extension/absent-guest.ts'
import { toldInOneLine } from '../extension/ask-guest.ts'
import { cut, type Cut } from '../framing/cut.ts'
import type { Rehearsal } from '../rehearsal/rehearsal.ts'
import { Stage } from '../rehearsal/stage.ts'
import { Ticks } from '../rehearsal/ticks.ts'
import type { Judgement } from '../rehearsal/transcript.ts'
import { shownBytes } from '../trace/shown-answer.ts'
import type { ExplainedOutcome, Explanation, ExplainRequest } from './explanation.ts'
import { ExplainingRouting, ServedRouting } from './explaining-routing.ts'
import { countsOf, judgedAnswer, type JudgedAnswer } from './judged-answer.ts'
import { Reading } from './reading.ts'
import type { Scene } from './scene.ts'

/** Maximum frames of one explanation. */
const MAX_FRAMES = 1000
/** Time limit of all crossings of one explanation. */
const MAX_MS = 5000

/** One explanation: a rehearsal, and the reading of its transcript. */
class Explainer {
  readonly #request: ExplainRequest
  readonly #scene: Scene
  readonly #guest: Guest | undefined
  readonly #stage: Stage
  readonly #decisions: (LbExplanation | undefined)[] = []
  /** The frames, on a side of messages. */
  readonly #cut: Cut | undefined
  readonly #bytes: Uint8Array
  /** Passes and drops of a stream so far. */
  #counts = 0

  /** Without a guest the extension is out of service. */
  constructor (request: ExplainRequest, scene: Scene, guest: Guest | undefined) {
    this.#request = request
    this.#scene = scene
    this.#guest = guest
    this.#stage = this.#build(guest ?? absentGuest(scene.host.declaration))
    if (guest === undefined) this.#stage.host.state = 'down'
    const side = scene.host.spec[request.side]
    this.#cut = side?.kind === 'messages'
      ? cut(side, request.bytes, MAX_FRAMES, scene.vserver.rules?.of(scene.host.declaration).wide[request.side])
      : undefined
    this.#bytes = this.#cut?.limited === true ? request.bytes.subarray(0, this.#cut.end) : request.bytes
  }

  #build (guest: Guest): Stage {
    const { vserver, host, failOpen } = this.#scene
    const ticks = new Ticks()
    // A client that gets a reply has a server.
    const routing = this.#request.side === 'server'
      ? new ServedRouting(vserver.routing)
      : new ExplainingRouting(vserver.routing, this.#decisions, ticks)
    const { config } = vserver
    // No server replies here.
    const limits = { ...config.limits, outstandingReplies: Infinity }
    const options = { config: { ...config, limits }, routing }
    const extension = {
      name: host.name,
      options: host.options,
      failOpen,
      maxHeldBytes: host.maxHeldBytes,
      wantsSites: true
    }
    const stage = new Stage(options, extension, guest, ticks)
    if (vserver.tlsLayers.length > 0) stage.startTls = {}
    stage.host.describeVserver(
      stage.index,
      JSON.parse(Buffer.from(host.vserverInfo(vserver.index)!).toString()) as VserverDescription
    )
    stage.rules = vserver.rules
    stage.geo = vserver.geo
    stage.trusts = client => vserver.trusts(client)
    stage.ruleMatches = this.#scene.looking
    stage.refusedKey = (key, client) => vserver.door.wouldRefuseKey(key, client)
    return stage
  }

  async run (): Promise<Explanation> {
    const rehearsal = this.#begin()
    try {
      await this.#play(rehearsal)
      return this.#explained(rehearsal)
    } finally {
      rehearsal.end()
    }
  }

  #begin (): Rehearsal<JudgedAnswer | undefined> {
    const { declaration } = this.#scene.host
    return this.#stage.rehearse(this.#request.client, answer => {
      const judged = judgedAnswer(answer, declaration, stack => this.#stage.guest.mapStack(stack))
      this.#counts += countsOf(judged)
      return judged
    })
  }

  /** Plays the bytes in one piece. */
  async #play (rehearsal: Rehearsal<JudgedAnswer | undefined>): Promise<void> {
    const { client } = this.#scene.host.spec
    const until = performance.now() + MAX_MS
    const goesOn = (): boolean => performance.now() <= until && this.#counts < MAX_FRAMES
    await rehearsal.play(goesOn)
    if (this.#request.side === 'client') rehearsal.clientSays(this.#bytes)
    else {
      // A client's message was forwarded before. If messages are inspected, the extension has the client.
      if (client.kind === 'stream' || client.handler) this.#stage.host.submitOpen(rehearsal.connection)
      rehearsal.pretendMessages(Math.max(1, this.#cut?.frames.length ?? 0))
      await rehearsal.play(goesOn)
      rehearsal.serverSays(this.#bytes)
    }
    await rehearsal.play(goesOn)
    rehearsal.stopWaiting()
    await rehearsal.play(goesOn)
  }

  #explained (rehearsal: Rehearsal<JudgedAnswer | undefined>): Explanation {
    const { userVserver, side, bytes } = this.#request
    const { vserver, host } = this.#scene
    const { transcript } = rehearsal
    const judgements = known(transcript.judgements)
    const failure = this.#failure(rehearsal)
    const connect = judgements[0]?.call === 'connect' ? judgements[0] : undefined
    const reading = this.#read(
      rehearsal,
      connect === undefined ? judgements : judgements.slice(1),
      connect?.ends === true
    )
    return {
      userVserver, side,
      choice: side === 'client' && bytes.length > 0 ? vserver.choice(bytes) : undefined,
      extension: host.name,
      version: host.version,
      canary: vserver.extension.canary?.version,
      worker: vserver.worker,
      connect: connect && { verdict: connect.answer.verdict, effects: connect.answer.effects },
      frames: reading.frames,
      rest: bytes.length === 0 ? undefined : reading.rest,
      outcome: this.#outcome(rehearsal, reading, failure),
      rules: this.#scene.looking.rules,
      rateLimits: this.#scene.looking.rateLimits,
      counters: transcript.counters,
      crossings: transcript.crossings
    }
  }

  /**
   * Returns why the extension could not answer. Throws a WeirError extension-failed unless the connection was
   * tunnelled.
   */
  #failure ({ connection, transcript }: Rehearsal<JudgedAnswer | undefined>): string | undefined {
    const { failure, closed, judgements } = transcript
    if (this.#guest === undefined) return outOfService(this.#scene.host.name)
    if (failure === undefined) return undefined
    const why = couldNotSay(failure, this.#guest)
    if (connection.failedOpen) return why
    // The goodbye failed, of a connection that had ended before.
    if (judgements.at(-1)?.ends === true || (closed !== undefined && closed.reason !== 'extension-error'))
      return undefined
    throw new WeirError('extension-failed', why)
  }

  #read (
    { connection }: Rehearsal<JudgedAnswer | undefined>,
    judgements: readonly Judgement<JudgedAnswer>[],
    refused: boolean
  ): Reading {
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

  #outcome (
    { connection, transcript }: Rehearsal<JudgedAnswer | undefined>,
    reading: Reading,
    failure: string | undefined
  ): ExplainedOutcome {
    const { side } = this.#request
    const { closed, goodbye } = transcript
    const failedOpen = connection.failedOpen || undefined
    // No frame chose the server of a connection that failed open.
    const decision = failedOpen && !reading.isChosen ? reading.nextDecision() : undefined
    const open = { failedOpen, decision }
    if (closed !== undefined) {
      const detail = closed.detail === '' ? failedOpen && failure : closed.detail
      return {
        becomes: 'closed',
        reason: closed.reason,
        detail,
        goodbye: goodbye && shownBytes(goodbye),
        service: undefined,
        ...open
      }
    }
    const { server } = this.#scene.host.spec
    const { then } = reading
    const unseen = side === 'server' && server === undefined
    const becomes = failedOpen || then === ThenIndex.tunnel || (then === ThenIndex.pipe && server === undefined)
      ? 'tunnel'
      : then === ThenIndex.pipe || unseen
      ? 'pipe'
      : reading.isChosen
      ? 'open'
      : 'waiting'
    return {
      becomes,
      reason: undefined,
      detail: failedOpen && failure,
      goodbye: undefined,
      service: reading.service,
      ...open
    }
  }

  dispose (): void { this.#stage.dispose() }
}

const known = (judgements: readonly Judgement<JudgedAnswer | undefined>[]): readonly Judgement<JudgedAnswer>[] => {
  const tampered = judgements.some(({ answer }) => answer === undefined)
  if (tampered) throw new WeirError('extension-failed', 'the extension wrote into the memory of its answers')
  return judgements as readonly Judgement<JudgedAnswer>[]
}

/** Returns the explanation of a client that is refused before inspection. */
const refusedAtOnce = (
  { userVserver, side, bytes }: ExplainRequest,
  { vserver, host, looking }: Scene,
  { reason, detail }: NonNullable<Scene['refused']>
): Explanation => ({
  userVserver,
  side,
  extension: host.name,
  version: host.version,
  canary: vserver.extension.canary?.version,
  worker: vserver.worker,
  choice: undefined,
  connect: undefined,
  frames: [],
  rest: bytes.length === 0 ? undefined : { offset: 0, length: bytes.length, why: 'after-end' },
  outcome: {
    becomes: 'closed',
    reason,
    detail,
    goodbye: undefined,
    service: undefined,
    failedOpen: undefined,
    decision: undefined
  },
  rules: looking.rules,
  rateLimits: looking.rateLimits,
  counters: {},
  crossings: 0
})

/**
 * Explains bytes on a guest of their own, and disposes of it; without a guest where the extension is out of service.
 */
export const explain = async (
  request: ExplainRequest,
  scene: Scene,
  guest: Guest | undefined
): Promise<Explanation> => {
  if (scene.refused !== undefined) return refusedAtOnce(request, scene, scene.refused)
  const explainer = new Explainer(request, scene, guest)
  try {
    return await explainer.run()
  } finally {
    explainer.dispose()
  }
}

const couldNotSay = ({ kind, message }: GuestFailure, guest: Guest): string =>
  `the extension could not say: ${toldInOneLine(message, guest)} (${kind})`

const outOfService = (extension: string): string =>
  `extension '${extension}' is out of service after failing repeatedly: no client of it is asked anything`

/** Returns the error for an extension that is out of service. */
export const notUp = (extension: string): WeirError =>
  new WeirError('extension-down', outOfService(extension), { retry: true })
