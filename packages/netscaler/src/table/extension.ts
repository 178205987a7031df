import { lookUp, WeirError } from '@weirlb/model'
import type { Draft } from '@weirlb/core'
import type { Call, Command, Target } from '../grammar/command.ts'
import { flag } from '../grammar/flag.ts'
import { nameOf, text } from '../grammar/kind.ts'
import type { Parameter } from '../grammar/option.ts'
import { textOfData } from './data-url.ts'
import { entityCommands } from './entity-commands.ts'
import type { EntityRow } from './entity-row.ts'
import { fieldsOf, textOf } from './set-field.ts'

/** `import ns extension local:<file> <name>`. */
export const extensionRow: EntityRow = {
  object: 'ns extension',
  doc: 'A sandboxed module that speaks a protocol.',
  collection: 'extensions',
  component: 'Extension',
  arguments: [],
  options: { comment: 'comment' },
  foreign: {},
  omit: ['source'],
  whole: ['canary']
}

const name: Parameter = { name: 'name', kind: nameOf('extensions'), field: ['name'], doc: 'Name of the extension.' }

/** The rows of extensions: `import` brings the code, `add` loads what is imported, or a built-in one. */
export const extensionCommands = (): Command[] => {
  const common = entityCommands(extensionRow)
  const add = common.find(({ verb }) => verb === 'add')!
  const { options } = add.parameters
  return [
    {
      verb: 'import',
      object: 'ns extension',
      parameters: {
        arguments: [{
          name: 'src',
          kind: text('src'),
          doc: '`local:` and a file beside the commands, or its text as a `data:` URL.'
        }, name],
        options: [
          flag('overwrite', 'Replace the code of the extension of this name. Clients of the old version stay with it.'),
          ...options.filter(({ name }) => name !== 'builtin')
        ]
      },
      doc: 'Import the code of an extension, TypeScript or JavaScript. It is checked and loaded at once; `add` may follow.',
      rest: 'createExtension',
      run: { edit: importCode }
    },
    {
      ...add,
      doc: 'Load an imported extension, or with `-builtin` one that Weir includes.',
      run: { edit: addExtension }
    },
    {
      verb: 'update',
      object: 'ns extension',
      parameters: { arguments: [name], options: [] },
      doc: 'Load the imported code. Weir did so when it was imported, without an interruption.',
      rest: 'getExtension',
      run: { edit: requireExtension }
    },
    ...common.filter(command => command !== add)
  ]
}

/** Options of an import that are no fields. */
const fieldsOfImport = (call: Call): Record<string, unknown> => fieldsOf([...call.given.values()])

function importCode (draft: Draft, call: Call): Target {
  const extension = textOf(call, 'name')
  const source = sourceOf(textOf(call, 'src'), call)
  const { name: _, ...fields } = fieldsOfImport(call)
  const present = draft.extensions.get(extension)
  if (present === undefined) {
    draft.extensions.create({ name: extension, source, ...fields })
  } else {
    if (!call.given.has('overwrite'))
      throw new WeirError('name-taken', `there is an extension '${extension}' already; -overwrite replaces its code`)
    draft.extensions.patch(extension, { source, builtin: null, ...fields })
  }
  return { collection: 'extensions', name: extension }
}

const sourceOf = (src: string, { context: { files } }: Call): string => {
  const data = textOfData(src)
  const file = /^local:/i.test(src) ? src.slice('local:'.length) : src
  const source = data ?? lookUp(files, src) ?? lookUp(files, file)
  if (source === undefined) {
    const there = Object.keys(files).join(', ') || '(none)'
    throw new WeirError(
      'command-invalid',
      `${
        /^https?:/i.test(src) ? 'Weir fetches nothing for a command' : `no file '${file}' was sent with the commands`
      }; send its text in \`files\`; there are: ${there}`
    )
  }
  if (data === undefined ? isLuaFile(file) || looksLikeLua(source) : looksLikeLua(source)) throw luaRefused(file)
  return source
}

/** True for the name of a Lua file. */
export const isLuaFile = (file: string): boolean => /\.lua$/i.test(file)

/** True for code that can only be Lua: a function that `end` ends, and no export. */
export const looksLikeLua = (source: string): boolean =>
  /^[ \t]*(local[ \t]+)?function[ \t]+[\w.:]+[ \t]*\([^()\n]*\)[ \t\r]*(--.*)?$/m.test(source) &&
  /^[ \t]*end[ \t\r]*(--.*)?$/m.test(source) && !/\bexport\b/.test(source)

/** What to do with an extension of NetScaler. */
export const luaRefused = (file: string): WeirError => new WeirError('extension-compile',
  `'${file}' is Lua, the language of NetScaler's extensions; Weir's are TypeScript or JavaScript. For MQTT, Redis, syslog, Modbus TCP and PostgreSQL there are built-in ones: add ns extension <name> -builtin mqtt. ` +
  'For another protocol begin with `weir extension new NAME`: client.on_data and ctxt:hold become `frame` and `onMessage`, ns.send becomes the verdict `forward`, and USER_TOKEN and USERSESSION become its `token` and `session`')

function addExtension (draft: Draft, call: Call): Target {
  const extension = textOf(call, 'name')
  const present = draft.extensions.get(extension)
  const fields = fieldsOf(call.given.values())
  if (present === undefined && fields['builtin'] === undefined) {
    throw new WeirError('not-found', `no extension '${extension}' has been imported; import ns extension local:<file> ${extension} does it, or add ns extension ${extension} -builtin <name>`)
  }
  if (present === undefined) {
    draft.extensions.create(fields as never)
  } else {
    if (fields['builtin'] !== undefined)
      throw new WeirError('name-taken', `there is an extension '${extension}' already`)
    const { name: _, ...changed } = fields
    if (Object.keys(changed).length > 0) draft.extensions.patch(extension, changed as never)
  }
  return { collection: 'extensions', name: extension }
}

function requireExtension (draft: Draft, call: Call): undefined {
  draft.extensions.require(textOf(call, 'name'))
}
