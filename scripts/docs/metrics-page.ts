import { families } from '@weirlb/metrics'
import { page, table } from './markdown.ts'

/** docs/reference/metrics.md */
export const metricsPage = (): string => page('Metrics', [
  '`GET /metrics` of the admin API returns these families, for Prometheus in its text format, and as OpenMetrics where the request accepts that. With a token, the request needs it too.',
  'Counters are exact over all workers and never go back while Weir runs, also when a worker is restarted. No label has an address, a client ID or a session key. ' +
    'An extension chooses the values of `counter`, and one should not count under names that clients choose.',
    'A histogram has the times up to each of its bounds under `NAME_bucket` with the further label `le`, and their sum and number under `NAME_sum` and `NAME_count`.',
    table(
      ['Name', 'Type', 'Labels', 'Meaning'],
      families.map(({ name, type, labels, help }) => [
        `\`${name}\``,
        type,
        labels.map(label => `\`${label}\``).join(', '),
        help
      ])
    ),
    '## Buckets',
    table(
      ['Histogram', 'Bounds in seconds'],
      families.flatMap(({ name, bounds }) => bounds === undefined ? [] : [[`\`${name}\``, bounds.join(', ')]])
    )
  ])
