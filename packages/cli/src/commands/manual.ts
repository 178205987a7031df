import { version } from '@weirlb/core'
import { optionNames } from '../command-line/command-table.ts'
import { readArguments } from '../extension/arguments.ts'
import { commandsPage } from '../manual/commands-page.ts'
import type { PageFacts } from '../manual/roff.ts'
import { weirPage } from '../manual/weir-page.ts'
import { UsageError } from '../usage-error.ts'

const pages: Readonly<Record<string, (facts: PageFacts) => string>> = { weir: weirPage, 'weir-commands': commandsPage }

/**
 * `weir manual [weir|weir-commands]`: prints a page for man(1), as `weir manual | man -l -`. SOURCE_DATE_EPOCH is its
 * date, in seconds since 1970, where it is set.
 */
export const manual = async (args: readonly string[]): Promise<void> => {
  const name = readArguments(args, 'page', optionNames('manual')).value ?? 'weir'
  const page = Object.hasOwn(pages, name) ? pages[name] : undefined
  if (page === undefined)
    throw new UsageError(`weir manual: no page '${name}'; there are: ${Object.keys(pages).join(', ')}`)
  const epoch = process.env['SOURCE_DATE_EPOCH']
  const date = epoch !== undefined && /^\d{1,11}$/.test(epoch) ? new Date(Number(epoch) * 1000) : new Date()
  process.stdout.write(page({ version, date: date.toISOString().slice(0, 10) }))
}
