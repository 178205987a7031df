import { expect } from 'vitest'
import { emptyConfig, runAtOnce, type Config } from '@weirlb/model'
import { EditLog } from '../../packages/netscaler/src/run/edit-log.ts'
import { readCommands, runEdits } from '../../packages/netscaler/src/run/exec.ts'
import { ConfigDraft } from '../../packages/weir/src/config/draft.ts'

/** Returns the configuration that commands make of an empty one. None of them may be skipped. */
export const importInto = (commands: string): Config => {
  const draft = new ConfigDraft(emptyConfig())
  const { calls, skipped } = runAtOnce(
    readCommands(commands, {
      files: {},
      folder: undefined,
      columns: 80,
      servers: new Map(),
      policies: new Map(),
      preview: () => {
        throw new Error('nothing is looked at here')
      }
    })
  )
  expect(skipped()).toEqual([])
  runAtOnce(runEdits(draft, calls, new EditLog()))
  return draft.config
}
