/** Returns the position where a text stops being JSON, as text. */
export const faultPlace = (text: string): string => {
  // The first character that is wrong is the last one of the shortest beginning that more text could not complete.
  let [good, bad] = [0, text.length + 1]
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (canGoOn(text.slice(0, middle))) good = middle
    else bad = middle
  }
  if (bad > text.length) return text.trim() === '' ? 'it is empty' : 'it ends too early'
  const lines = text.slice(0, bad - 1).split('\n')
  return `line ${lines.length}, column ${lines.at(-1)!.length + 1}`
}

/** True when a text is JSON, or is the beginning of one. */
const canGoOn = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    const { message } = error as Error
    const position = /at position (\d+)/.exec(message)?.[1]
    return message.includes('end of JSON input') || message.startsWith('Unterminated') ||
      (position !== undefined && Number(position) >= text.length)
  }
}
