import type { Connection, ConnectionLife } from '@weirlb/admin/client'
import { useSignal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { call } from '../../api/api.ts'
import { serverNow } from '../../api/clock.ts'
import { follow } from '../../api/live.ts'
import { useQuery } from '../../api/query.ts'
import { bytesText, countedText, countText } from '../../format/numbers.ts'
import { durationText, timeText } from '../../format/times.ts'
import { hrefOf } from '../../router/router.ts'
import { addressOf, askToBan } from '../../ui/ban-dialog.tsx'
import { Badge } from '../../ui/badge.tsx'
import { confirm } from '../../ui/confirm.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Name } from '../../ui/name.tsx'
import { toast } from '../../ui/toast.tsx'
import { loadStory, unpin, type Story } from './load-story.ts'
import { Verdicts } from './verdicts.tsx'

const REFRESH_MS = 3000
type End = Extract<ConnectionLife, { readonly type: 'end' }>

/** One connection: who it is, where it went and why, what was decided about it, and how it ended. */
export const ConnectionStory = ({ id, back }: { readonly id: string, readonly back: string }): JSX.Element => {
  const story = useQuery(() => loadStory(id), id)
  const end = useSignal<End | undefined>(undefined)
  const { value: shown } = story.value
  const client = shown?.connection.client

  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden && end.value === undefined && story.error.value === undefined) void story.reload()
    }, REFRESH_MS)
    return () => {
      clearInterval(timer)
    }
  }, [story])
  useEffect(() => {
    if (client === undefined) return
    const stream = follow({
      path: `/connections?client=${encodeURIComponent(client)}`,
      onEvent: ({ type, data }) => { if (type === 'end' && (data as End).connection === id) end.value = data as End }
    })
    return () => { stream.stop() }
  }, [client])

  return (
    <section class="panel detail" aria-label="Connection">
      <header>
        <h2 class="mono">{client ?? id}</h2>
        {shown !== undefined && <button type="button" class="button" onClick={() => { askToBan({ address: addressOf(shown.connection.client), comment: `connection ${id}`, connection: end.value === undefined ? id : undefined }) }}>Ban</button>}
        {shown !== undefined && end.value === undefined && <button type="button" class="button danger" onClick={() => { askToEnd(shown.connection) }}>End</button>}
        <a class="button quiet icon" href={back} aria-label="Close"><Icon name="close" /></a>
      </header>
      <div class="body stack">
        {end.value === undefined && <Fault error={story.error.value} />}
        {end.value !== undefined && (
          <div class="banner" role="status">
            <Icon name="leaving" />
            <span class="grow">Ended <strong>{end.value.reason}</strong> at {timeText(end.value.time)}{end.value.detail === undefined ? '' : `: ${end.value.detail}`}</span>
          </div>
        )}
        {shown !== undefined && <Facts story={shown} />}
        {shown !== undefined && <Route story={shown} onChange={() => { void story.reload() }} />}
        {shown !== undefined && <Decisions story={shown} />}
        {shown?.extension !== undefined && <Verdicts extension={shown.extension} client={shown.connection.client} connection={id} />}
      </div>
    </section>
  )
}

const askToEnd = ({ id, client, session }: Connection): void => {
  confirm({
    title: 'End this connection?',
    text: `The client ${client}${
      session === undefined ? '' : ` (${session})`
    } gets its protocol's goodbye. It may connect again.`,
    verb: 'End it',
    danger: true,
    run: async () => {
      await call('killConnection', { path: { id } })
      toast(`The connection of ${client} is being ended.`)
    }
  })
}

const Pair = ({ word, children }: { readonly word: string, readonly children: ComponentChildren }): JSX.Element => <><dt>{word}</dt><dd>{children}</dd></>

const Facts = (
  {
    story: {
      connection: {
        id,
        phase,
        protocol,
        version,
        since,
        idleSeconds,
        bytesIn,
        bytesOut,
        serverName,
        certificate,
        psk,
        via,
        failedOpen,
        fields
      },
      extension
    }
  }: { readonly story: Story }
): JSX.Element => (
  <>
    <dl class="facts">
      <Pair word="Phase"><Badge state={phase === 'closing' ? 'leaving' : phase === 'open' || phase === 'tunnel' ? 'up' : 'waiting'} word={phase} />{failedOpen && <Badge state="degraded" word="failed open" />}</Pair>
      <Pair word="Since">{timeText(since)}, for {durationText(serverNow() - since)}</Pair>
      <Pair word="Silent for">{durationText(idleSeconds * 1000)}</Pair>
      <Pair word="Bytes">{bytesText(bytesIn)} in, {bytesText(bytesOut)} out</Pair>
      {extension !== undefined && <Pair word="Extension"><Name text={extension} />, version {version}</Pair>}
      {protocol !== undefined && <Pair word="User protocol"><Name text={protocol} /></Pair>}
      {serverName !== undefined && <Pair word="Server name"><Name text={serverName} /></Pair>}
      {certificate !== undefined && <Pair word="Certificate"><Name text={certificate} /></Pair>}
      {psk !== undefined && <Pair word="Pre-shared key"><Name text={psk} /></Pair>}
      {via !== undefined && <Pair word="Through"><span class="mono">{via}</span></Pair>}
      <Pair word="Identifier"><span class="mono">{id}</span></Pair>
    </dl>
    <div>
      <h3>Fields</h3>
      {Object.keys(fields).length === 0
        ? <p class="muted">The extension has published none.</p>
        : <dl class="facts">{Object.entries(fields).map(([name, value]) => <Pair key={name} word={name}><Name text={value} /></Pair>)}</dl>}
    </div>
  </>
)

const Route = (
  { story: { connection: { userVserver, lbVserver, service, session, phase }, method, entry }, onChange }: {
    readonly story: Story
    readonly onChange: () => void
  }
): JSX.Element => (
  <div>
    <h3>Service</h3>
    <p class="route">
      <a href={hrefOf(['connections'], { userVserver })}><Name text={userVserver} /></a>
      {lbVserver !== undefined && <><Icon name="leaving" size={12} /><Name text={lbVserver} /></>}
      <Icon name="leaving" size={12} />
      {service === undefined ? <span class="muted">{phase === 'first-message' ? 'none yet: its first message is not whole' : 'none yet'}</span> : <a href={hrefOf(['connections'], { service })}><Name text={service} /></a>}
    </p>
    {method !== undefined && <p class="muted">Without a session, LB vserver <Name text={lbVserver!} /> chooses by {method}.</p>}
    {session !== undefined && (
      <p>
        Session <a href={hrefOf(['connections'], { session })}><Name text={session} /></a>{' '}
        {entry === undefined
          ? 'is not in the session table: its next connection may go elsewhere.'
          : <>is pinned to <Name text={entry.service} />, held by {countedText(entry.connections, 'connection')}: its next connection goes there, too. <button type="button" class="link" onClick={() => { unpin(entry, onChange) }}>Unpin</button></>}
      </p>
    )}
  </div>
)

const Decisions = ({ story: { decisions } }: { readonly story: Story }): JSX.Element => (
  <div>
    <h3>Rules and controls that decided</h3>
    {decisions.length === 0
      ? <p class="muted">None that was reported.</p>
      : (
        <ul class="verdicts">
          {decisions.map(({ id, time, kind, name, action, simulated, phase, weight }) => (
            <li key={id}>
              <span class="muted">{timeText(time)}</span>
              <span>{kind} <Name text={name} />: <strong>{action}</strong>{simulated ? ' (simulated)' : ''} at {phase}{weight > 1 ? `, one of ${countText(weight)}` : ''}</span>
            </li>
          ))}
        </ul>
        )}
  </div>
)
