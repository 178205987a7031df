import { setImmediate } from 'node:timers/promises'
import {
  Counter,
  Gauge,
  Registry,
  type Histogram,
  type OpenMetricsContentType,
  type PrometheusContentType
} from 'prom-client'
import type { Family, Observations, Sample } from './family.ts'

/** The text formats that Prometheus reads. */
export type Format = 'prometheus' | 'openmetrics'

/** A document with its media type. */
export interface Exposition { readonly type: string, readonly text: string }

const types = {
  prometheus: Registry.PROMETHEUS_CONTENT_TYPE,
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE
} as const satisfies Record<Format, string>

/** Samples that are written in one turn of the event loop: of a histogram some 5,000 lines, which take about 8 ms. */
const SLICE = 256
/** End of a document in OpenMetrics. */
const EOF = '# EOF\n'

/**
 * Write families as text. Each part has a registry for its own: every number is counted elsewhere, over all workers.
 */
export const exposition = async (
  all: Iterable<readonly [family: Family, samples: readonly Sample[]]>,
  format: Format
): Promise<Exposition> => {
  const families: string[] = []
  for (const [family, samples] of all) {
    let text = ''
    for (let at = 0; at === 0 || at < samples.length; at += SLICE) {
      const part = await textOf(family, samples.slice(at, at + SLICE), format)
      text += at === 0 ? part : withoutHead(part)
      // Thousands of services must not keep the API and the monitors waiting.
      if (samples.length > SLICE) await setImmediate()
    }
    families.push(text)
  }
  const text = format === 'openmetrics' ? families.join('') + EOF : families.join('\n')
  return { type: types[format], text }
}

/** A family, or a part of it, without the end of the document. */
const textOf = async (family: Family, samples: readonly Sample[], format: Format): Promise<string> => {
  const registry = new Registry<PrometheusContentType | OpenMetricsContentType>()
  registry.setContentType(types[format])
  const add = adders[family.type](family, registry as Registry)
  for (const sample of samples)
    add(Object.fromEntries(family.labels.map((label, i) => [label, sample.labels[i]!])), sample.value)
  const text = await registry.metrics()
  return format === 'openmetrics' ? text.slice(0, -EOF.length) : text
}

/** HELP and TYPE stand before the first part only. */
const withoutHead = (text: string): string => text.slice(text.indexOf('\n', text.indexOf('\n') + 1) + 1)

type Labels = Record<string, string>
type Add = (labels: Labels, value: Sample['value']) => void

/** How the samples of a type are added to a registry. */
const adders: Readonly<Record<Family['type'], (family: Family, registry: Registry) => Add>> = {
  counter: ({ name, help, labels }, registry) => {
    const counter = new Counter({ name, help, labelNames: labels, registers: [registry] })
    // Without labels it begins with a 0, also where there is no number.
    counter.remove({})
    return (labels, value) => { counter.inc(labels, value as number) }
  },
  gauge: ({ name, help, labels }, registry) => {
    const gauge = new Gauge({ name, help, labelNames: labels, registers: [registry] })
    gauge.remove({})
    return (labels, value) => { gauge.set(labels, value as number) }
  },
  // A histogram of prom-client is given each observation; these have been counted.
  histogram: ({ name, help, bounds = [] }, registry) => {
    const lines: Line[] = []
    const buckets = [...bounds, '+Inf'].map(le => ({ le: String(le) }))
    registry.registerMetric(
      { name, get: () => ({ name, help, type: 'histogram', values: lines }) } as unknown as Histogram
    )
    return (labels, value) => {
      addLines(lines, name, labels, buckets, value as Observations)
    }
  }
}

/** One line of a histogram. prom-client writes labels that lines share once for all of them. */
interface Line {
  readonly metricName: string
  readonly labels: Labels
  readonly sharedLabels: Labels
  readonly value: number
}

const NONE: Labels = {}

/** Buckets count everything up to their bound, the smaller buckets too. */
const addLines = (
  lines: Line[],
  name: string,
  sharedLabels: Labels,
  buckets: readonly Labels[],
  { counts, sum }: Observations
): void => {
  const metricName = `${name}_bucket`
  let below = 0
  for (const [i, labels] of buckets.entries()) {
    below += counts[i] ?? 0
    lines.push({ metricName, labels, sharedLabels, value: below })
  }
  lines.push({ metricName: `${name}_sum`, labels: NONE, sharedLabels, value: sum }, { metricName: `${name}_count`, labels: NONE, sharedLabels, value: below })
}
