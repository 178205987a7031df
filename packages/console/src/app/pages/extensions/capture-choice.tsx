import type { JSX } from 'preact'
import { bytesText } from '../../format/numbers.ts'
import { Field } from '../../ui/field.tsx'
import { Name } from '../../ui/name.tsx'
import type { OpenedCapture } from './open-capture.ts'
import type { End } from './tcp-segment.ts'

const cuts = {
  gap: 'The stream ends where a packet is missing in the capture.',
  most: 'The stream is longer; its beginning is explained.'
} as const

const textOf = ({ address, port }: End): string => address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`

/** Which stream of an opened file is explained. */
export const CaptureChoice = ({ capture: { name, streams }, chosen, fault, onChoose, onLeave }: {
  readonly capture: OpenedCapture
  readonly chosen: number
  readonly fault: string | undefined
  readonly onChoose: (index: number) => void
  readonly onLeave: () => void
}): JSX.Element => {
  const { cut } = streams[chosen]!
  return (
    <>
      <p><Name text={name} /> is open.</p>
      <Field label="Stream" fault={fault} hint={cut === undefined ? undefined : cuts[cut]}>
        {input => (
          <select class="input" value={String(chosen)} onChange={event => { onChoose(Number(event.currentTarget.value)) }} {...input}>
            {streams.map(({ client, server, side, bytes }, index) => (
              <option key={index} value={String(index)}>
                {client === undefined || server === undefined
                  ? `the whole file, ${bytesText(bytes.length)}`
                  : `${
                    side === 'client'
                      ? `${textOf(client)} to ${textOf(server)}`
                      : `${textOf(server)} to ${textOf(client)}, in reply`
                  }, ${bytesText(bytes.length)}`}
              </option>
            ))}
          </select>
        )}
      </Field>
      <div class="bar"><button type="button" class="button" onClick={onLeave}>Type bytes instead</button></div>
    </>
  )
}
