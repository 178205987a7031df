import { z } from 'zod'

/** Longest text of commands, in characters. */
const MAX_TEXT = 8 * 1024 * 1024

export const execInput = z.strictObject({
  commands: z.string().max(MAX_TEXT).describe('NetScaler\'s commands, one per line; 10,000 at most.'),
  files: z.record(z.string(), z.string()).optional().describe(
    'Texts of the files that `import ns extension local:FILE` names, by these names.'
  ),
  folder: z.string().max(4096).regex(/^\//, 'expected an absolute path').optional().describe(
    'Folder, on the machine of Weir, at which relative paths of certificates and keys begin.'
  ),
  columns: z.int().min(40).max(1000).optional().describe('Width of the texts. Default: 100.')
}).describe('Commands to run.')

const line = z.int().min(1).describe('Line of the command.')

export const execDone = z.object({
  revision: z.int().min(0).describe('Number of the running configuration.'),
  changes: z.int().min(0).describe('Commands that were run, beside those that show something.'),
  results: z.array(z.object({
    line,
    command: z.string().describe('Its verb and object: `show lb vserver`.'),
    text: z.string().describe('For people.'),
    data: z.unknown().describe('The same for programs.'),
    repeat: z.object({ times: z.number().describe('0 is without end.'), seconds: z.number() }).optional().describe(
      'How often a terminal shows it, as asked with `-ntimes`.'
    )
  })).describe('What commands have shown, in their order.'),
  skipped: z.array(z.object({
    line,
    command: z.string().describe('The words that it begins with, or its verb, object and option.'),
    reason: z.string().describe('Why it is outside of Weir\'s world.')
  })).describe('Commands of NetScaler, and options of them, that Weir has no counterpart for.')
}).describe('The commands were run.')

export const completionQuery = z.object({
  line: z.string().max(4096).describe('The line as far as it is typed: `add lb vs`.')
})

export const completions = z.object({
  candidates: z.array(z.string()).describe('Words that could stand at the end of the line, 200 at most.'),
  replaced: z.string().describe('The part of the line that they replace.')
}).describe('Completions of a line.')
