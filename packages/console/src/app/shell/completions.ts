import { useEffect, useState } from 'preact/hooks'
import { call } from '../api/api.ts'

/** What could stand at the end of a line, and which of it is chosen. */
export interface Completions {
  readonly candidates: readonly string[]
  /** -1: none. */
  readonly active: number
  setActive (at: number): void
  /** Put one of them into the line. */
  accept (at: number): void
  /** Offer nothing until the line is another. */
  close (): void
}

/** Time after which a line that nobody goes on with is completed, in milliseconds. */
const IDLE_MS = 120
const MAX_SHOWN = 30

/** What the API offers for a line, whose last word, `replaced`, it is put in place of. */
interface Offer { readonly line: string, readonly replaced: string, readonly candidates: readonly string[] }

const nothing: Offer = { line: '', replaced: '', candidates: [] }

/** Returns what is left of an offer when the line has gone on since: more of the same word, or another line. */
const narrowed = ({ line: before, replaced, candidates }: Offer, line: string): Omit<Offer, 'line'> => {
  const more = line.slice(before.length)
  if (candidates.length === 0 || !line.startsWith(before) || /\s/.test(more)) return nothing
  const word = `${replaced}${more}`
  return {
    replaced: word,
    candidates: more === ''
      ? candidates
      : candidates.filter(candidate => candidate.toLowerCase().startsWith(word.toLowerCase()))
  }
}

/** Ask the API for completions of a line while it is typed. */
export const useCompletions = (line: string, setLine: (line: string) => void): Completions => {
  const [offer, setOffer] = useState(nothing)
  const [chosen, setActive] = useState(-1)
  const { replaced, candidates } = narrowed(offer, line)
  const active = chosen < candidates.length ? chosen : -1
  const close = (): void => {
    setOffer(nothing)
    setActive(-1)
  }
  useEffect(() => {
    if (line === '') {
      close()
      return () => {}
    }
    let ended = false
    const timer = setTimeout(() => {
      call('completeCommand', { query: { line } }).then(({ body }) => {
        if (ended) return
        setActive(-1)
        // A word that is whole already needs no help.
        const whole = body.candidates.length === 1 && body.candidates[0] === body.replaced
        setOffer(whole ? nothing : { line, replaced: body.replaced, candidates: body.candidates.slice(0, MAX_SHOWN) })
      }, () => {})
    }, IDLE_MS)
    return () => {
      ended = true
      clearTimeout(timer)
    }
  }, [line])
  const accept = (at: number): void => {
    const candidate = candidates[at]
    if (candidate === undefined || !line.endsWith(replaced)) return
    close()
    setLine(`${line.slice(0, line.length - replaced.length)}${candidate} `)
  }
  return { candidates, active, setActive, accept, close }
}
