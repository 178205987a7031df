/**
 * A command block of a guide, in a language that `sh` or `sh background` names, and the output that the guide shows
 * below it.
 */
export interface Block { readonly background: boolean, readonly script: string, readonly output: string | undefined }

/** The command blocks of a Markdown text, in order. */
export const commandBlocks = (markdown: string): Block[] => {
  const fences = [...markdown.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)].map(([, language, text]) => ({
    language: language!,
    text: text!
  }))
  return fences.flatMap(({ language, text }, i) => {
    if (language !== 'sh' && language !== 'sh background') return []
    const next = fences[i + 1]
    return [{
      background: language === 'sh background',
      script: text,
      output: next?.language === 'text' ? next.text : undefined
    }]
  })
}
