/** What is run in the page, as text: it is no part of this program. */

/** Times between frames while the table is scrolled from top to bottom and back, in milliseconds. */
export const scrollFrames = `new Promise(resolve => {
  const element = document.querySelector('.table')
  const frames = []
  let [step, last] = [0, 0]
  const STEPS = 240
  requestAnimationFrame(function frame (now) {
    if (step > 0) frames.push(now - last)
    last = now
    const share = step <= STEPS / 2 ? step * 2 / STEPS : 2 - step * 2 / STEPS
    element.scrollTop = (element.scrollHeight - element.clientHeight) * share
    if (step++ < STEPS) requestAnimationFrame(frame)
    else resolve(frames)
  })
})`

/**
 * Milliseconds from typing a text into the filter of the table, or from a click on its second column's button, until
 * the first frame in which the table is another.
 */
export const timeUntil = (text: string | undefined): string => `new Promise(resolve => {
  const rows = () => [...document.querySelectorAll('.table tbody tr')].map(row => row.textContent).join()
  const before = rows()
  const begun = performance.now()
  ${text === undefined
    ? 'document.querySelectorAll(".table th button")[1].click()'
    : `const input = document.querySelector('.input.filter')
  input.value = ${JSON.stringify(text)}
  input.dispatchEvent(new Event('input', { bubbles: true }))`}
  requestAnimationFrame(function frame () {
    if (rows() === before) requestAnimationFrame(frame)
    else setTimeout(() => resolve(performance.now() - begun))
  })
})`
