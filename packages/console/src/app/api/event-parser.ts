/** One server-sent event; its data is JSON. */
export interface ServerEvent { readonly type: string, readonly data: unknown }

/** Reads the text of a stream of server-sent events (HTML Living Standard §9.2), which comes in pieces. */
export class EventParser {
  /** Id of the last event, for `Last-Event-ID`. */
  lastId: string | undefined
  #rest = ''

  /** Take the next piece of text. Returns the events that it completes. */
  push (text: string): readonly ServerEvent[] {
    const blocks = (this.#rest + text).split('\n\n')
    this.#rest = blocks.pop()!
    return blocks.flatMap(block => this.#read(block))
  }

  /** A new connection begins with a new block. */
  restart (): void { this.#rest = '' }

  #read (block: string): readonly ServerEvent[] {
    let type = 'message'
    let data: string | undefined
    for (const line of block.split('\n')) {
      const colon = line.indexOf(': ')
      if (colon <= 0) continue
      const value = line.slice(colon + 2)
      switch (line.slice(0, colon)) {
        case 'id': this.lastId = value; break
        case 'event': type = value; break
        case 'data': data = data === undefined ? value : `${data}\n${value}`; break
      }
    }
    return data === undefined ? [] : [{ type, data: JSON.parse(data) as unknown }]
  }
}
