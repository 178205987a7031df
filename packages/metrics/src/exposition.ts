import { Counter, Gauge, Registry, type OpenMetricsContentType, type PrometheusContentType } from 'prom-client'
import type { Family, Sample } from './family.ts'

/** The text formats that Prometheus reads. */
export type Format = 'prometheus' | 'openmetrics'

/** A document with its media type. */
export interface Exposition { readonly type: string, readonly text: string }

const types = { prometheus: Registry.PROMETHEUS_CONTENT_TYPE, openmetrics: Registry.OPENMETRICS_CONTENT_TYPE } as const satisfies Record<Format, string>

/** Write families as text. The registry lives for one answer: every number is counted elsewhere, over all workers. */
export const exposition = async (all: Iterable<readonly [family: Family, samples: readonly Sample[]]>, format: Format): Promise<Exposition> => {
  const registry = new Registry<PrometheusContentType | OpenMetricsContentType>()
  registry.setContentType(types[format])
  for (const [{ name, type, help, labels }, samples] of all) {
    const options = { name, help, labelNames: labels, registers: [registry as Registry] }
    const add = type === 'counter' ? counterOf(options) : gaugeOf(options)
    for (const sample of samples) add(Object.fromEntries(labels.map((label, i) => [label, sample.labels[i]!])), sample.value)
  }
  return { type: registry.contentType, text: await registry.metrics() }
}

type Options = { readonly name: string, readonly help: string, readonly labelNames: readonly string[], readonly registers: Registry[] }
type Add = (labels: Record<string, string>, value: number) => void

const counterOf = (options: Options): Add => {
  const counter = new Counter(options)
  return (labels, value) => { counter.inc(labels, value) }
}

const gaugeOf = (options: Options): Add => {
  const gauge = new Gauge(options)
  return (labels, value) => { gauge.set(labels, value) }
}
