// Publishes what managed checks find in a client's packets.
import type { Bytes } from '@weirlb/sdk'
import { checkConnect, checkPacket } from './checks/check-packet.ts'
import { Checked, type CheckedClient } from './checks/checked.ts'
import { Findings } from './checks/findings.ts'
import type { MqttContext } from './context.ts'
import type { Connect } from './packet/connect.ts'
import type { Level } from './packet/level.ts'

const findings = new Findings()
/** Filled anew for each packet, so that none allocates. */
const client: { -readonly [K in keyof CheckedClient]: CheckedClient[K] } = {
  level: 4,
  over: false,
  aliasMaximum: 0,
  checked: new Checked(false),
  tracks: false
}

/** True if checks look at the packets of this client. */
export const isChecked = (ctx: MqttContext): boolean => ctx.wants('mqtt.violations') || ctx.wants('mqtt.levels')

const publish = (ctx: MqttContext): void => {
  ctx.state.violation = findings.violation
  if (findings.levels > 0 && ctx.wants('mqtt.levels')) ctx.set('mqtt.levels', findings.levels, { shown: false })
  if (findings.ids.length > 0 && ctx.wants('mqtt.violations'))
    ctx.set('mqtt.violations', findings.ids, { shown: false })
}

/** Check a CONNECT. */
export const checkFirst = (bytes: Bytes, connect: Connect, level: Level, ctx: MqttContext): void => {
  if (isChecked(ctx)) {
    findings.clear()
    const properties = checkConnect(bytes, connect, level, findings, ctx.state.checked ??= new Checked(false))
    publish(ctx)
    if (properties !== undefined) publishProperties(properties.size, properties.userProperties, ctx)
  } else if (level === 5 && (ctx.wants('mqtt.connect.properties_size') || ctx.wants('mqtt.connect.user_properties'))) {
    findings.clear()
    const properties = checkConnect(bytes, connect, level, findings, new Checked(false))
    if (properties !== undefined) publishProperties(properties.size, properties.userProperties, ctx)
  }
}

const publishProperties = (size: number, userProperties: number, ctx: MqttContext): void => {
  if (ctx.wants('mqtt.connect.properties_size')) ctx.set('mqtt.connect.properties_size', size, { shown: false })
  if (ctx.wants('mqtt.connect.user_properties'))
    ctx.set('mqtt.connect.user_properties', userProperties, { shown: false })
}

/** Check a later packet. Returns true where it has a fault after which no refusal of it alone is enough. */
export const checkLater = (bytes: Bytes, length: number, ctx: MqttContext, level: Level): boolean => {
  if (!isChecked(ctx)) return false
  const { state } = ctx
  findings.clear()
  client.level = level
  client.over = state.over
  client.aliasMaximum = state.aliasMaximum
  client.checked = state.checked ??= new Checked(true)
  client.tracks = ctx.tolerant && state.rules === undefined && state.accepted
  checkPacket(bytes, length, client, findings)
  publish(ctx)
  return findings.violation !== undefined
}
