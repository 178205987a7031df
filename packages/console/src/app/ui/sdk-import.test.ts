import { expect, test } from 'vitest'
import { importOf } from './sdk-import.ts'

/** The text with what has to be added. */
const added = (text: string, name: string, isType = false, at = text.length): string => {
  const change = importOf(text, name, isType, at)
  return change === undefined ? text : text.slice(0, change.from) + change.insert + text.slice(change.from)
}

test('a name of the SDK is imported where it is missing, and only there', () => {
  expect(added('drop', 'drop')).toBe("import { drop } from '@weirlb/sdk'\ndrop")
  expect(added("import { frame } from '@weirlb/sdk'\ndrop", 'drop')).toBe("import { frame, drop } from '@weirlb/sdk'\ndrop")
  expect(added("import {\n  frame,\n  type Context,\n} from \"@weirlb/sdk\"\n", 'drop')).toBe("import {\n  frame,\n  type Context, drop,\n} from \"@weirlb/sdk\"\n")
  expect(added("import {} from '@weirlb/sdk'\n", 'drop')).toBe("import { drop } from '@weirlb/sdk'\n")
  for (const text of ["import { drop } from '@weirlb/sdk'\n", "import { drop as gone } from '@weirlb/sdk'\n", 'const drop = 1\n', "import drop from './drop.ts'\n"]) expect(added(text, 'drop')).toBe(text)
  // Among those that are imported the name is written by hand.
  const unfinished = "import { frame, dr } from '@weirlb/sdk'\n"
  expect(added(unfinished, 'drop', false, unfinished.indexOf('dr }'))).toBe(unfinished)
})

test('types are imported as types', () => {
  expect(added("import { frame } from '@weirlb/sdk'\n", 'Context', true)).toBe("import { frame, type Context } from '@weirlb/sdk'\n")
  expect(added("import type { Message } from '@weirlb/sdk'\n", 'Context', true)).toBe("import type { Message, Context } from '@weirlb/sdk'\n")
  expect(added("import type { Message } from '@weirlb/sdk'\n", 'drop')).toBe("import { drop } from '@weirlb/sdk'\nimport type { Message } from '@weirlb/sdk'\n")
})
