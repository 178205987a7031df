import { closeReasons, type CloseReason } from '@weirlb/model'
import { z } from 'zod'

/** Most bytes that one request may ask about. */
const MOST_BYTES = 1024 * 1024

const length = z.int().min(0)
const hex = z.string().describe('In hex, cut at 4096 bytes.')

/** What is wrong with a text that should be hex, or nothing. */
const notHex = (text: string): string | undefined => {
  const wrong = /[^0-9a-fA-F\s]/.exec(text)
  if (wrong !== null) return `expected hex digits, got '${wrong[0]}' at position ${wrong.index}`
  const digits = text.replace(/\s+/g, '').length
  if (digits % 2 === 1) return `expected two hex digits for each byte, got ${digits} digits`
  return digits > 2 * MOST_BYTES ? `expected at most ${MOST_BYTES} bytes, got ${digits / 2}` : undefined
}

export const explainInput = z.strictObject({
  bytes: z.string().superRefine((text, context) => {
    const message = notHex(text)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  }).describe(`What the client sends, in hex; white space between digits is passed over. At most ${MOST_BYTES} bytes.`),
  side: z.enum(['client', 'server']).default('client').describe('Whose bytes they are; those of a server are taken as an answer to a client that has been forwarded.'),
  client: z.strictObject({
    address: z.union([z.ipv4(), z.ipv6()]).default('127.0.0.1'),
    port: z.int().min(1).max(65535).default(49152),
    serverName: z.string().min(1).max(255).optional()
  }).prefault({}).describe('Where the client comes from, as the extension is told.')
})

export const effect = z.union([
  z.object({ kind: z.enum(['reply', 'send', 'greet']), length, bytes: hex }),
  z.object({ kind: z.literal('set'), field: z.string(), value: z.string().optional().describe('Left out for a secret field.') }),
  z.object({ kind: z.literal('log'), level: z.string(), text: z.string(), at: z.string().optional().describe('Where in the author\'s code.') }),
  z.object({ kind: z.literal('session'), key: z.string() }),
  z.object({ kind: z.literal('idleTimeout'), ms: length }),
  z.object({ kind: z.enum(['pass', 'discard']), count: length, at: z.string().optional() }).describe('Of a stream: one of the verdicts about a chunk.')
])

export const verdict = z.object({
  op: z.enum(['forward', 'drop', 'reject', 'malformed', 'threw', 'pass', 'discard', 'more', 'pipe']).describe('`pass`, `discard`, `more` and `pipe` are verdicts about a stream.'),
  count: length.optional().describe('Of `pass` and `discard`: bytes. Of `more`: bytes that are needed beyond those shown.'),
  at: z.string().optional().describe('Where the author\'s code made the verdict, or threw: `file.ts:12:5`.'),
  then: z.enum(['continue', 'pipe', 'tunnel']).optional(),
  token: z.string().optional().describe('Keys are text where they are valid UTF-8, else `hex:…`; over 128 bytes `sha256:…`.'),
  session: z.string().optional(),
  via: z.string().optional(),
  replacedBy: length.optional().describe('Length of what stands in the place of the message.'),
  why: z.string().optional().describe('Of a reject, or of a failure: with the author\'s file and line.'),
  reply: hex.optional().describe('Of a reject.')
})

const answer = z.object({
  verdict,
  effects: z.array(effect).describe('What the handler did beside its verdict, in order.')
})

export const lbExplanation = z.object({
  lbVserver: z.string(),
  state: z.enum(['enabled', 'disabled']),
  method: z.string(),
  order: z.string().describe('What the order of the candidates comes from.'),
  candidates: z.array(z.object({
    service: z.string(),
    weight: z.number(),
    connections: length.describe('Open, or about to be, on this worker.'),
    verdict: z.enum(['proposed', 'skipped', 'spare']).describe('`spare`: not looked at, because one before it can take the client.'),
    why: z.enum(['removed', 'disabled', 'draining', 'down', 'full', 'tried', 'suspect', 'unknown']).optional().describe('Why it was skipped. `suspect`: a dial failed a moment ago. `unknown`: it is new here, or failing, and its monitors have no verdict yet.')
  })).describe('The bound services, in the method\'s order.'),
  session: z.object({
    key: z.string(),
    entry: z.string().optional().describe('Service that the persistence entry names; left out when there is no entry.'),
    used: z.boolean().describe('The entry decides.')
  }).optional().describe('Left out without a session key, or where nothing is pinned.'),
  service: z.string().optional().describe('The service that is chosen here.'),
  by: z.enum(['session', 'method']).optional(),
  refusal: z.enum(['no-service', 'limit']).optional().describe('Why there is none, and no backup.'),
  get backup () { return lbExplanation.optional().describe('How the backup chooses, when this one has no service to offer.') }
}).describe('How an LB vserver chooses.') as z.ZodType

export const explanation = z.object({
  userVserver: z.string(),
  extension: z.string(),
  version: z.int().min(1).describe('Version of the extension: the one that new connections get, a canary aside.'),
  canary: z.int().min(1).optional().describe('A version that a share of the new connections gets in its place: what becomes of those is not said here.'),
  worker: length.describe('Whose connections and turns the decision is about; 0 is the process itself.'),
  side: z.enum(['client', 'server']),
  connect: answer.optional().describe('What `onConnect` answered; left out when the extension has none.'),
  frames: z.array(z.object({
    offset: length,
    length: length.describe('Its true length; it may reach beyond the bytes that were given.'),
    seen: z.boolean().describe('It is shown to the extension.'),
    why: z.enum(['handler', 'no-handler', 'only', 'piped', 'stream']).describe('Why it is, or is not. `stream`: the extension cuts this side itself, and this is what one of its verdicts was about.'),
    entered: length.describe('How many of its bytes enter the sandbox.'),
    answer: answer.optional(),
    decision: lbExplanation.optional().describe('With the message that chooses the server; each that does is explained as if it came next.')
  })),
  rest: z.object({
    offset: length,
    length,
    why: z.enum(['incomplete', 'malformed', 'too-large', 'piped', 'after-end', 'limit']).describe('`limit`: an explanation goes as far as 1000 frames and 5 s.')
  }).optional().describe('Bytes after the last frame.'),
  counters: z.record(z.string(), z.number()).describe('What the extension would count, all messages together.'),
  crossings: length.describe('Entries into the sandbox.'),
  outcome: z.object({
    becomes: z.enum(['waiting', 'open', 'pipe', 'tunnel', 'closed']).describe('`waiting`: for a first message; `pipe`: this direction is not looked at any more; `tunnel`: neither is the other.'),
    reason: z.enum(Object.keys(closeReasons) as CloseReason[]).optional(),
    detail: z.string().optional().describe('Of a connection that fails open, why the extension cannot be asked.'),
    goodbye: hex.optional().describe('The protocol\'s last words to the client.'),
    service: z.string().optional().describe('The service that the client would get.'),
    failedOpen: z.literal(true).optional().describe('It is tunnelled because the extension cannot be asked (`failOpen`); else left out.'),
    decision: lbExplanation.optional().describe('How the server of such a connection is chosen, when no frame had chosen it.')
  })
}).describe('What would become of the bytes.')
