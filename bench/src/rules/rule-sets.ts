// Rules that look at every message of the benchmark and let it pass: their number is what is measured.

/** A rule of a configuration. */
export interface BenchRule {
  readonly name: string
  readonly expression: string
  readonly action: 'block'
  readonly priority: number
}

const rules = (count: number, expression: (n: number) => string): BenchRule[] =>
  Array.from(
    { length: count },
    (_, n) => ({ name: `r${n}`, expression: expression(n), action: 'block', priority: n + 1 })
  )

/** What an operator writes, in turn: topics, sizes, addresses, patterns. None is true of the benchmark's messages. */
const mixed: readonly ((n: number) => string)[] = [
  n => `mqtt.type eq "PUBLISH" and starts_with(mqtt.publish.topic, "$SYS/${n}/")`,
  n => `mqtt.packet.size gt ${100_000 + n}`,
  n => `mqtt.publish.topic contains "secret-${n}"`,
  n => `ip.src in {10.${n % 256}.0.0/16 192.0.2.${n % 256}} and mqtt.qos eq 2`,
  n => `mqtt.connect.client_id eq "device-${n}" or mqtt.publish.topic eq "plant/${n}"`
]

/** Sets of rules by name. `indexed`: each demands a topic by equality. */
export const ruleSets: Readonly<Record<string, () => readonly BenchRule[]>> = {
  none: () => [],
  one: () => rules(1, () => 'mqtt.publish.topic eq "plant/0"'),
  'mixed 100': () => rules(100, n => mixed[n % mixed.length]!(n)),
  'unindexed 100': () => rules(100, n => `mqtt.publish.topic contains "secret-${n}"`),
  'indexed 100': () => rules(100, n => `mqtt.type eq "PUBLISH" and mqtt.publish.topic eq "plant/${n}"`),
  'indexed 1000': () => rules(1000, n => `mqtt.type eq "PUBLISH" and mqtt.publish.topic eq "plant/${n}"`)
}
