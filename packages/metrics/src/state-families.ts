import { version, type NamedStatus, type Overview } from '@weirlb/core'
import type { Family, Sample } from './family.ts'

interface StateFamily extends Family { readonly samples: (whole: Overview) => readonly Sample[] }

const gauge = (
  name: string,
  help: string,
  labels: readonly string[],
  samples: StateFamily['samples']
): StateFamily => ({ name, type: 'gauge', help, labels, samples })
const counter = (
  name: string,
  help: string,
  labels: readonly string[],
  samples: StateFamily['samples']
): StateFamily => ({ name, type: 'counter', help, labels, samples })
/** No sample where events are sent nowhere. */
const webhook = (value: number | undefined): Sample[] => value === undefined ? [] : one(value)
const one = (value: number): Sample[] => [{ labels: [], value }]

/** An entity without a verdict has no sample: a 0 would raise an alert. */
const upOf = (statuses: readonly NamedStatus[]): Sample[] =>
  statuses.flatMap(({ name, status: { value } }) =>
    value === 'unknown' ? [] : [{ labels: [name], value: value === 'up' ? 1 : 0 }]
  )

/** Members stand in place of the services and service groups that stand for them. */
const serversOf = (statuses: readonly NamedStatus[]): readonly NamedStatus[] =>
  statuses.flatMap(one =>
    one.status.members?.filter(({ value }) => value !== 'leaving').map(({ name, value }) => ({
      name,
      status: { value }
    })) ?? [one]
  )

const expiries = (statuses: readonly NamedStatus[]): Sample[] => statuses.flatMap(({ name, status: { certificate } }) =>
  certificate === undefined ? [] : [{ labels: [name], value: Date.parse(certificate.notAfter) / 1000 }])

const families: readonly StateFamily[] = [
  gauge('weir_info', 'Always 1; its label is the release.', ['version'], () => [{ labels: [version], value: 1 }]),
  gauge(
    'weir_up',
    '1 while every worker, enabled service and extension is up, otherwise 0.',
    [],
    ({ health }) => one(health.status === 'ok' ? 1 : 0)
  ),
  gauge('weir_config_revision', 'Number of the running configuration.', [], ({ health }) => one(health.revision)),
  gauge('weir_uptime_seconds', 'Time since the start.', [], ({ health }) => one(health.uptimeSeconds)),
  gauge('weir_worker_up', '1 while the worker serves, otherwise 0.', ['worker'], ({ health }) => health.workers.map(({ id, status }) => ({ labels: [String(id)], value: status === 'up' ? 1 : 0 }))),
  counter('weir_worker_restarts_total', 'Restarts of the worker.', ['worker'], ({ health }) => health.workers.map(({ id, restarts }) => ({ labels: [String(id)], value: restarts }))),
  gauge('weir_user_vserver_up', '1 for a user vserver that takes clients, otherwise 0.', ['user_vserver'], ({ statuses }) => upOf(statuses.userVservers)),
  gauge('weir_lb_vserver_up', '1 for an LB vserver with an available service, otherwise 0.', ['lb_vserver'], ({ statuses }) => upOf(statuses.lbVservers)),
  gauge('weir_service_up', '1 for a service that takes clients, 0 for one that is down, draining or disabled; none before its first verdict.', ['service'], ({ statuses }) => upOf(serversOf([...statuses.services, ...statuses.serviceGroups]))),
  gauge('weir_extension_up', '1 for an extension whose current version runs, otherwise 0.', ['extension'], ({ statuses }) => upOf(statuses.extensions)),
  gauge('weir_certkey_up', '1 for a certkey whose certificates are of use, otherwise 0.', ['certkey'], ({ statuses }) => upOf(statuses.certkeys)),
  gauge('weir_certkey_expiry_timestamp_seconds', 'Time at which the certificate expires, since 1970 (UTC).', ['certkey'], ({ statuses }) => expiries(statuses.certkeys)),
  gauge('weir_session_entries', 'Persistence entries of all LB vservers.', [], ({ stats }) => stats.sessions === undefined ? [] : one(stats.sessions.entries)),
  gauge('weir_session_max_entries', 'The bound of the persistence entries (`--max-sessions`).', [], ({ stats }) => stats.sessions === undefined ? [] : one(stats.sessions.maxEntries)),
  counter('weir_session_save_failures_total', 'Failed attempts to save persistence entries; they are retried.', [], ({ stats }) => stats.sessions === undefined ? [] : one(stats.sessions.saveFailures)),
  counter('weir_log_dropped_total', 'Lines of the log that were dropped, because its reader was too slow.', [], ({ stats }) => one(stats.log.dropped)),
  counter('weir_access_log_dropped_total', 'Lines of the access log that were dropped, because they could not be written in time.', [], ({ stats }) => one(stats.accessLog.dropped)),
  counter('weir_security_webhook_sent_total', 'Security events that the webhook has taken.', [], ({ stats }) => webhook(stats.securityWebhook?.sent)),
  counter('weir_security_webhook_dropped_total', 'Security events that were dropped: too many waited for the webhook, or their delivery failed for good.', [], ({ stats }) => webhook(stats.securityWebhook?.dropped)),
  counter('weir_security_webhook_failures_total', 'Failed attempts to deliver security events.', [], ({ stats }) => webhook(stats.securityWebhook?.failures)),
  gauge('weir_security_webhook_waiting', 'Security events that wait for the webhook.', [], ({ stats }) => webhook(stats.securityWebhook?.waiting))
]

/** The families about the whole, and about the state of entities. */
export const stateFamilies: readonly Family[] = families

/** Every number about the whole, by family. */
export function * stateSamples (whole: Overview): Generator<readonly [family: Family, samples: readonly Sample[]]> {
  for (const family of families) yield [family, family.samples(whole)]
}
