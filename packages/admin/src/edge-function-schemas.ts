import { edgeFunctionFailures, extensionCheck, MAX_FUNCTION_SOURCE } from '@weirlb/model'
import { z } from 'zod'

export const functionSource = z.strictObject({
  source: z.string().min(1).max(MAX_FUNCTION_SOURCE).describe('JavaScript or TypeScript of the function.'),
  check: extensionCheck.optional().describe('`off`: its types are not checked.')
}).describe('The source of an edge function.')

const form = z.enum(['native', 'service-worker']).describe(
  '`native`: `edgeFunction()` of the SDK; `service-worker`: a listener of `fetch`.'
)

export const functionDeclaration = z.object({ form }).describe('What a loaded edge function shows of itself.')

const headers = z.record(z.string(), z.union([z.string(), z.array(z.string())]))

export const functionTestInput = z.strictObject({
  method: z.string().min(1).max(32).default('GET').describe('HTTP method.'),
  url: z.string().min(1).max(8192).describe('Absolute URL: `https://www.example.com/mqtt?x=1`.'),
  headers: headers.default({}).describe('Headers by name. Default: Host, as in the URL.'),
  upgrade: z.boolean().default(false).describe('The request asks for a WebSocket.'),
  address: z.string().max(64).default('127.0.0.1').describe('Address of the client.'),
  userVserver: z.string().max(127).default('test').describe('Name of the user vserver, as the function sees it.')
}).describe('A request to try an edge function on.')

const changes = z.object({
  set: z.array(z.tuple([z.string(), z.string()])).describe('Headers that are added: names and values.'),
  remove: z.array(z.string()).describe('Headers that are removed before that.')
})

export const functionTest = z.object({
  form,
  decision: z.enum(['allow', 'respond', 'failed']),
  request: changes.optional().describe('Changes of the headers of a request that passes.'),
  response: changes.optional().describe('Changes of the headers of its response.'),
  status: z.int().optional().describe('Status of a response of the function.'),
  headers: z.array(z.tuple([z.string(), z.string()])).optional().describe('Headers of that response.'),
  body: z.string().optional().describe('Body of that response; one character for each byte.'),
  failure: z.enum(edgeFunctionFailures).optional().describe('Why it did not decide.'),
  reason: z.string().optional().describe('The message, with line and column in the source.'),
  failedOpen: z.boolean().optional().describe('The request would pass after this failure; otherwise it gets 503.'),
  logs: z.array(z.string()).describe('Lines that it logged.'),
  wallMs: z.number().describe('Time of the first call of a fresh isolate, in milliseconds.')
}).describe('What an edge function decides.')

export const triggerMatchInput = z.strictObject({
  urls: z.array(z.string().min(1).max(8192)).max(100).default([]).describe(
    'Absolute URLs: `https://www.example.com/mqtt?x=1`. The path is taken as a client might send it.'
  )
}).describe('URLs to find the triggers of.')

export const triggerMatches = z.object({
  order: z.array(z.string()).describe('Names of all triggers in the order of decision: of those that match a request, apply to its user vserver and are enabled, the first counts.'),
  urls: z.array(z.object({
    url: z.string(),
    userVservers: z.array(z.object({
      userVserver: z.string(),
      trigger: z.string().optional().describe(
        'The trigger that counts. Omitted: none matches, and the request passes.'
      ),
      function: z.string().optional().describe(
        'The edge function that decides. Omitted: none, and the request passes.'
      ),
      others: z.array(z.string()).describe('Other triggers that match, in the order of decision.')
    })).describe('User vservers that take requests of this scheme; empty: none does.')
  })).describe('The URLs in the order of the request.')
}).describe('Which triggers count.')
