// A hashed timer wheel: SLOTS circular lists, one per tick. Arming, re-arming and cancelling are a few stores and
// allocate nothing, because the list is threaded through the timers themselves.
//
//   slots   [0] ⇄ timer ⇄ timer ⇄ (back to [0])
//           [1] ⇄ (back to [1])
//           [2] ⇄ timer ⇄ (back to [2])        ◄── the hand moves one slot a tick
//
// A timer whose deadline is more than one turn away is met once a turn and stays. One that is re-armed to a later time
// stays in its slot too, and moves only when the hand meets it: an idle time-out that every message pushes back costs
// one store a message.

const SLOTS = 512
/** Maximum ticks that one turn of the hand counts. */
const MAX_STEP = 4

/** The common part of a timer and a slot's head. */
class Link {
  /** Neighbours in a slot; both point to itself when it is in none. Touched by the wheel only. */
  previous: Link = this
  next: Link = this
}

/** Something that wants to be called later. Extend it, or hold one; `onTimeout` is called once per `arm`. */
export abstract class WheelTimer extends Link {
  /** Tick at which it fires; touched by the wheel only. */
  due = 0
  /** Tick whose slot holds it, which is `due` or earlier; touched by the wheel only. */
  filed = 0

  /** True from `arm` until it fires or is cancelled. */
  get armed (): boolean { return this.next !== this }

  /** The time is over. The timer may be armed again at once. */
  abstract onTimeout (): void

  /** `onTimeout` threw. Timers of one connection end that; what is thrown here is the whole process's. */
  onFault (error: unknown): void { throw error }
}

const append = (head: Link, link: Link): void => {
  link.previous = head.previous
  link.next = head
  head.previous.next = link
  head.previous = link
}

const unlink = (link: Link): void => {
  link.previous.next = link.next
  link.next.previous = link.previous
  link.previous = link
  link.next = link
}

/**
 * Coarse timers for very many connections: one interval for all of them, which runs only while a timer is armed and
 * never keeps the process alive. A timer fires after its time and at most two ticks later, by the clock of the last
 * tick: armed while the loop is behind, it may be up to MAX_STEP ticks early by any other.
 *
 * Time in which the process did not run is not counted, beyond MAX_STEP ticks: the process was stopped, or its loop
 * was blocked. No peer was read meanwhile. Bytes of a peer that seems silent may wait in the kernel, and are read
 * before the hand advances.
 */
export class TimerWheel {
  readonly #tickMs: number
  readonly #slots: Link[] = Array.from({ length: SLOTS }, () => new Link())
  /**
   * Timers that the hand has taken out of their slots and has not dealt with. A member, so that a timer that throws
   * loses no other.
   */
  readonly #meeting = new Link()
  readonly #onTick = (): void => { this.#turn() }
  #interval: NodeJS.Timeout | undefined
  #now = 0
  /** Milliseconds that were not counted. */
  #lost = 0
  /** Last tick that was dealt with. */
  #tick = 0
  #armed = 0

  constructor (tickMs = 50) { this.#tickMs = tickMs }

  /** Milliseconds on the steady clock that timers go by, as of the last tick. */
  get now (): number { return this.#interval === undefined ? performance.now() - this.#lost : this.#now }

  /** The same in whole ticks. */
  get tick (): number { return this.#interval === undefined ? Math.floor(this.now / this.#tickMs) : this.#tick }

  /** Milliseconds since a tick. */
  since (tick: number): number { return (this.tick - tick) * this.#tickMs }

  /** Timers that are armed. */
  get armed (): number { return this.#armed }

  /** Call `timer.onTimeout` in `ms` milliseconds; a timer that is armed is set to the new time. */
  arm (timer: WheelTimer, ms: number): void {
    if (this.#interval === undefined) this.#start()
    // The clock shows the start of this tick: without the second one a timer could be a tick early.
    const due = this.#tick + Math.ceil(ms / this.#tickMs) + 1
    if (timer.armed) {
      timer.due = due
      if (due >= timer.filed) return
      unlink(timer)
    } else {
      this.#armed++
      timer.due = due
    }
    this.#file(timer)
  }

  /** Forget the timer; nothing happens when it is not armed. */
  cancel (timer: WheelTimer): void {
    if (!timer.armed) return
    unlink(timer)
    if (--this.#armed === 0) this.#stop()
  }

  #file (timer: WheelTimer): void {
    timer.filed = timer.due
    append(this.#slots[timer.due % SLOTS]!, timer)
  }

  #start (): void {
    this.#now = this.now
    this.#tick = Math.floor(this.#now / this.#tickMs)
    this.#interval = setInterval(this.#onTick, this.#tickMs)
    this.#interval.unref()
  }

  #stop (): void {
    clearInterval(this.#interval)
    this.#interval = undefined
  }

  #turn (): void {
    const now = performance.now()
    const late = Math.floor((now - this.#lost) / this.#tickMs) - this.#tick - MAX_STEP
    if (late > 0) this.#lost += late * this.#tickMs
    this.#now = now - this.#lost
    const target = Math.floor(this.#now / this.#tickMs)
    let tick = this.#tick
    this.#tick = target
    while (tick < target) {
      tick++
      this.#take(this.#slots[tick % SLOTS]!)
    }
    this.#meet()
  }

  /** Move a slot's timers to the meeting list. */
  #take (head: Link): void {
    if (head.next === head) return
    const meeting = this.#meeting
    head.next.previous = meeting.previous
    meeting.previous.next = head.next
    head.previous.next = meeting
    meeting.previous = head.previous
    head.next = head
    head.previous = head
  }

  #meet (): void {
    const meeting = this.#meeting
    while (meeting.next !== meeting) {
      const timer = meeting.next as WheelTimer
      unlink(timer)
      if (timer.due > this.#tick) {
        this.#file(timer)
        continue
      }
      this.#armed--
      if (this.#armed === 0) this.#stop()
      try {
        timer.onTimeout()
      } catch (error) {
        timer.onFault(error)
      }
    }
  }
}

/** The wheel that everything in a process shares. */
export const wheel: TimerWheel = new TimerWheel()
