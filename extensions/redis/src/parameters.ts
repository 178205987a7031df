import { param, type ParamsOf } from '@weirlb/sdk'

/** What an operator sets on a user vserver. */
export const parameters = {
  unknownCommands: param.oneOf(['refuse', 'by-first-argument'], { default: 'refuse' }),
  severalServers: param.oneOf(['refuse', 'split'], { default: 'refuse' }),
  everyServer: param.oneOf(['refuse', 'read', 'write'], { default: 'refuse' }),
  auth: param.oneOf(['refuse', 'accept'], { default: 'refuse' }),
  pubSub: param.oneOf(['one-server', 'refuse'], { default: 'one-server' })
}

export type Parameters = ParamsOf<typeof parameters>
