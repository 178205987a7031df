import type { LayerName } from '@weirlb/model'
import { describe, expect, test } from 'vitest'
import type { ByteLink, LinkError } from '../byte-link.ts'
import { LayeredClient } from '../client-facts.ts'
import { Ascent, type AscentEvents } from './ascent.ts'
import type { LayerEvents, Opening, ServerLayer } from './layer.ts'

const BROKEN: LinkError = { kind: 'tls', message: 'broken' }

/** A link by its name; an ascent asks nothing of one but its end. */
const linkOf = (name: string, ended: string[]): ByteLink =>
  ({
    name,
    abort () {
      ended.push(name)
    }
  }) as unknown as ByteLink

/** A layer that opens when the test says so, or at once. */
class TestLayer implements ServerLayer {
  readonly name: LayerName = 'tls'
  readonly atOnce: boolean
  below: ByteLink | undefined
  events!: LayerEvents
  cancelled = 0

  constructor (atOnce: boolean) { this.atOnce = atOnce }

  open (below: ByteLink, _client: LayeredClient, events: LayerEvents): Opening {
    this.below = below
    this.events = events
    if (this.atOnce) events.onOpen(below)
    return { cancel: () => { this.cancelled++ } }
  }
}

const climb = (...atOnce: boolean[]) => {
  const layers = atOnce.map(each => new TestLayer(each))
  const told: unknown[] = []
  const ended: string[] = []
  const events: AscentEvents<TestLayer, LayeredClient> = {
    onTop (ascent, link) { told.push(['top', ascent.about.address, link]) },
    onLayerFailed (ascent, { message }, silent) { told.push(['failed', layers.indexOf(ascent.layer), message, silent]) }
  }
  const ascent = new Ascent(layers, new LayeredClient({ address: '192.0.2.1', port: 5 }), events)
  const raw = linkOf('raw', ended)
  ascent.begin(raw)
  return { ascent, layers, told, ended, raw }
}

describe('an ascent', () => {
  test('puts each layer on the link of the one below, and tells of the last one', () => {
    const { layers, told, ended, raw } = climb(false, false)
    const [first, second] = layers as [TestLayer, TestLayer]
    expect([first.below, second.below]).toEqual([raw, undefined])
    const one = linkOf('one', ended)
    first.events.onOpen(one)
    expect(second.below).toBe(one)
    const two = linkOf('two', ended)
    second.events.onOpen(two)
    expect(told).toEqual([['top', '192.0.2.1', two]])
  })

  test.each([[[true]], [[true, true]], [[true, false]], [[false, true]]])(
    'is on top also when layers open at once: %j',
    atOnce => {
      const { layers, told, raw } = climb(...atOnce)
      for (const layer of layers) if (!layer.atOnce) layer.events.onOpen(raw)
      expect(told).toEqual([['top', '192.0.2.1', raw]])
    }
  )

  test('tells of the layer that failed', () => {
    const { layers, told } = climb(true, false)
    layers[1]!.events.onFailed(BROKEN, true)
    expect(told).toEqual([['failed', 1, 'broken', true]])
  })

  test('that is cancelled gives up the layer that is being opened, and tells nobody', () => {
    const { ascent, layers, told, ended } = climb(true, false)
    ascent.cancel()
    ascent.cancel()
    expect(layers.map(({ cancelled }) => cancelled)).toEqual([0, 1])
    layers[1]!.events.onOpen(linkOf('late', ended))
    layers[1]!.events.onFailed(BROKEN, false)
    expect([told, ended]).toEqual([[], ['late']])
  })
})
