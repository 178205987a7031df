import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  pickedCompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { localCompletionSource, typescriptLanguage } from '@codemirror/lang-javascript'
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting
} from '@codemirror/language'
import { lintKeymap, setDiagnostics, type Diagnostic } from '@codemirror/lint'
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search'
import { EditorState, type Transaction } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers
} from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { contextNames, sdkNames, type SdkName } from 'virtual:sdk-names'
import { importOf } from './sdk-import.ts'

/** A fault of the text. Lines and columns begin at 1. */
export interface CodeFault { readonly line: number, readonly column: number, readonly message: string }

/** An editor in the page. */
export interface CodeMirror {
  text (): string
  /** Replace the text; it can be undone. */
  replace (text: string): void
  mark (faults: readonly CodeFault[]): void
  /** Put the caret at a place, and the focus into the editor. */
  goTo (line: number, column: number): void
  destroy (): void
}

const optionOf = ({ name, kind, doc }: SdkName): Completion => ({ label: name, type: kind, info: doc })
const ofContext = contextNames.map(optionOf)

/** Puts in a name of the SDK, with its import where that is missing. */
const withImport = (isType: boolean): Completion['apply'] => (view, completion, from, to) => {
  const { label } = completion
  const needed = importOf(view.state.doc.toString(), label, isType, from)
  const end = from + label.length + (needed !== undefined && needed.from <= from ? needed.insert.length : 0)
  view.dispatch({
    changes: [...needed === undefined ? [] : [needed], { from, to, insert: label }],
    selection: { anchor: end },
    userEvent: 'input.complete',
    annotations: pickedCompletion.of(completion),
    scrollIntoView: true
  })
}

const ofSdk = sdkNames.map(name => ({
  ...optionOf(name),
  detail: '@weirlb/sdk',
  apply: withImport(name.kind === 'type')!
}))
const inSdk = new Set(sdkNames.map(({ name }) => name))

/** Members of `ctx` behind its dot; elsewhere names of the SDK, and those of the text. */
const complete = async (context: CompletionContext): Promise<CompletionResult | null> => {
  const word = context.matchBefore(/\w*/)!
  const validFor = /^\w*$/
  if (context.matchBefore(/\bctx\.\w*/) !== null) return { from: word.from, options: ofContext, validFor }
  if (word.from === word.to && !context.explicit || context.matchBefore(/\.\w*/) !== null) return null
  const own = await localCompletionSource(context)
  return {
    from: word.from,
    options: [...ofSdk, ...(own?.options ?? []).filter(({ label }) => !inSdk.has(label))],
    validFor
  }
}

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword, tags.controlKeyword], color: 'var(--series-4)' },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: 'var(--series-3)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--series-2)' },
  {
    tag: [tags.function(tags.variableName), tags.function(tags.propertyName), tags.definition(tags.variableName)],
    color: 'var(--series-1)'
  },
  { tag: [tags.typeName, tags.className], color: 'var(--warn)' },
  { tag: [tags.comment], color: 'var(--muted)', fontStyle: 'italic' }
])

// Pictures of the linter's own theme are data: URLs, which the policy forbids; lines of CSS take their place.
const wave = (colour: string): Record<string, string> => ({
  backgroundImage: 'none',
  textDecoration: `underline wavy ${colour}`,
  textUnderlineOffset: '3px',
  textDecorationSkipInk: 'none'
})
const look = EditorView.theme({
  '&': { height: '100%', color: 'var(--text)', backgroundColor: 'var(--surface)', fontSize: 'var(--text-m)' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.5' },
  '.cm-content': { caretColor: 'var(--text)' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { backgroundColor: 'var(--sunken)', color: 'var(--muted)', borderRight: '1px solid var(--line)' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--hover)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'var(--selected)'
  },
  '.cm-selectionMatch, .cm-searchMatch': { backgroundColor: 'var(--warn-tint)' },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--good-tint)', outline: '1px solid var(--good)' },
  '.cm-lintRange-error, .cm-lintRange-active': wave('var(--bad)'),
  '.cm-lintRange-active': { backgroundColor: 'var(--bad-tint)' },
  '.cm-tooltip, .cm-panels': {
    backgroundColor: 'var(--raised)',
    color: 'var(--text)',
    border: '1px solid var(--line)'
  },
  '.cm-tooltip': { maxWidth: 'min(36rem, 90vw)', fontFamily: 'var(--sans)' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--accent-fill)', color: 'var(--on-accent)' },
  '.cm-completionDetail': { color: 'inherit', opacity: '0.8' },
  '.cm-diagnostic-error': { borderLeft: '3px solid var(--bad)' },
  '.cm-foldPlaceholder': { backgroundColor: 'var(--calm-tint)', border: '0', color: 'var(--muted)' },
  '.cm-textfield': { backgroundColor: 'var(--surface)', border: '1px solid var(--line-strong)' },
  '.cm-button': { backgroundImage: 'none', backgroundColor: 'var(--surface)', border: '1px solid var(--line-strong)' }
})

/**
 * Text typed over a selection is put in by CodeMirror. Chromium, left alone, gives it the style of what was selected,
 * which the policy refuses.
 */
const typedOver = EditorView.domEventHandlers({
  beforeinput (event, view) {
    const { from, to, empty } = view.state.selection.main
    if (event.inputType !== 'insertText' || event.data === null || event.isComposing || empty || view.state.readOnly)
      return false
    const text = event.data
    const insert = (): Transaction =>
      view.state.update(view.state.replaceSelection(text), { userEvent: 'input.type', scrollIntoView: true })
    if (!view.state.facet(EditorView.inputHandler).some(handle => handle(view, from, to, text, insert)))
      view.dispatch(insert())
    event.preventDefault()
    return true
  }
})

/**
 * Put an editor into an element. It has a shadow root, for the style sheets that CodeMirror makes: the policy of the
 * page forbids style elements, and is not concerned with sheets that a root adopts.
 */
export const openCodeMirror = (host: HTMLElement, { label, described, text, readOnly, onChange }: {
  readonly label: string
  /** Help, for readers of screens. */
  readonly described: string
  readonly text: string
  readonly readOnly: boolean
  onChange (text: string): void
}): CodeMirror => {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' })
  const view = new EditorView({
    parent: root as unknown as Element,
    root,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        foldGutter(),
        highlightActiveLineGutter(),
        highlightSpecialChars(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        highlightActiveLine(),
        highlightSelectionMatches(),
        search({ top: true }),
        autocompletion(),
        syntaxHighlighting(colours),
        look,
        typedOver,
        typescriptLanguage,
        typescriptLanguage.data.of({ autocomplete: complete }),
        EditorView.contentAttributes.of({
          tabindex: '0',
          'aria-label': label,
          'aria-description': described,
          spellcheck: 'false'
        }),
        EditorView.updateListener.of(update => {
          if (update.docChanged) onChange(update.state.doc.toString())
        }),
        EditorState.readOnly.of(readOnly),
        keymap.of([
          ...closeBracketsKeymap,
          ...defaultKeymap,
          ...searchKeymap,
          ...historyKeymap,
          ...foldKeymap,
          ...completionKeymap,
          ...lintKeymap,
          indentWithTab
        ])
      ]
    })
  })
  const offsetOf = (line: number, column: number): number => {
    const found = view.state.doc.line(Math.min(Math.max(1, line), view.state.doc.lines))
    return Math.min(found.from + Math.max(0, column - 1), found.to)
  }
  return {
    text: () => view.state.doc.toString(),
    replace (text) { view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }) },
    mark (faults) {
      view.dispatch(setDiagnostics(
        view.state,
        faults.map(({ line, column, message }): Diagnostic => {
          const from = offsetOf(line, column)
          // The API has where a fault begins: its word is marked.
          const word = view.state.wordAt(from)
          return {
            from: word?.from ?? from,
            to: word?.to ?? Math.min(from + 1, view.state.doc.length),
            severity: 'error',
            message
          }
        })
      ))
    },
    goTo (line, column) {
      view.dispatch({ selection: { anchor: offsetOf(line, column) }, scrollIntoView: true })
      view.focus()
    },
    destroy () { view.destroy() }
  }
}
