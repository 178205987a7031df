import {
  type FloodControl,
  floodControls,
  floodSetting,
  heldVserver,
  userVserver,
  vserverHttp,
  vserverWebSocket
} from '@weirlb/model'
import { page, table } from './markdown.ts'

const plain = {
  ...userVserver.parse({ name: 'v', protocol: 'p', port: 1, defaultLb: 'l', proxyProtocol: { from: ['10.0.0.0/8'] } }),
  http: vserverHttp.parse({}),
  websocket: vserverWebSocket.parse({})
}
const tight = heldVserver(plain, true)

const keepers = {
  vserver: 'user vserver',
  always: 'Weir, always',
  extension: 'the protocol',
  kernel: 'the operating system'
} as const satisfies Record<FloodControl['keeper'], string>

/** docs/reference/flood-controls.md */
export const floodControlsPage = (): string =>
  page('Controls against floods', [
    'Each control bounds one kind of attack. Those of a user vserver are on by default, and `floods.off` switches them off. `GET /v1/flood-controls` has their numbers, and how often each has acted. [Floods](../guide/floods.md) describes them.',
    'A number of 0 is no limit. The numbers hold for each worker.',
    table(
      ['No.', 'Attack', 'What is bounded', 'Held by', 'Settings: default (in defence mode)'],
      Object.entries<FloodControl>(floodControls).map(([id, { attack, bounds, keeper, settings }]) => [
        id,
        attack,
        bounds,
        keepers[keeper],
        settings.map(({ path }) =>
          `\`${path}\`: ${floodSetting(plain, path)}${
            floodSetting(tight, path) === floodSetting(plain, path) ? '' : ` (${floodSetting(tight, path)})`
          }`
        ).join('; ')
      ])
    )
  ])
