import type { ByteLink } from '../../byte-link.ts'
import type { DialAbout, DialLayer, LayerEvents, Opening } from '../layer.ts'

const opened: Opening = { cancel () {} }

/** HTTP below a WebSocket to a server: the WebSocket's layer makes the only request itself. */
export class HttpDialLayer implements DialLayer {
  readonly name = 'http'
  readonly what = 'HTTP'

  open (below: ByteLink, _about: DialAbout, events: LayerEvents): Opening {
    events.onOpen(below)
    return opened
  }
}
