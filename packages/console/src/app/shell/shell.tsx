import { useSignal } from '@preact/signals'
import type { ComponentType, JSX } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { aheadMs } from '../api/clock.ts'
import { brokenReason, liveState } from '../api/live.ts'
import { signOut, token } from '../api/sign-in.ts'
import { durationText } from '../format/times.ts'
import { hrefOf, place } from '../router/router.ts'
import { BanDialog } from '../ui/ban-dialog.tsx'
import { ConfirmDialog } from '../ui/confirm.tsx'
import { Empty } from '../ui/empty.tsx'
import { Fault } from '../ui/fault.tsx'
import { Icon } from '../ui/icon.tsx'
import { ProposalDialog } from '../ui/propose.tsx'
import { Toasts } from '../ui/toast.tsx'
import { CommandDrawer } from './command-drawer.tsx'
import { LiveBadge } from './live-badge.tsx'
import { pages, type PageEntry } from './pages.ts'
import { SignInDialog } from './sign-in-dialog.tsx'
import { nextTheme, theme } from '../ui/theme.ts'

/** A viewer's clock that is so far from the server's is told. */
const CLOCK_MS = 60_000
const themeIcons = { auto: 'auto', light: 'sun', dark: 'moon' } as const

/** What is around every page: navigation, title, the state of the streams, and dialogs. */
export const Shell = (): JSX.Element => {
  const menu = useSignal(false)
  const commands = useSignal(false)
  const commandsButton = useRef<HTMLButtonElement>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const main = useRef<HTMLElement>(null)
  const { page: path } = place.value
  const page = pages.find(known => known.path === path)
  const title = page?.title ?? 'Not found'

  // Readers of screens hear where they are; the first page is announced by the browser.
  const first = useRef(true)
  useLayoutEffect(() => {
    document.title = `${title} · Weir`
    menu.value = false
    if (!first.current) heading.current!.focus()
    first.current = false
  }, [path])

  return (
    <div class="shell" data-menu={menu.value ? 'open' : 'closed'}>
      <a
        class="skip" href="#main"
        onClick={event => {
          event.preventDefault()
          main.current!.focus()
        }}
      >
        Skip to the content
      </a>
      <nav class="nav" id="nav" aria-label="Pages">
        <div class="brand"><Icon name="weir" size={20} />Weir</div>
        <Sections current={path} />
      </nav>
      <div>
        <header class="top">
          <button type="button" class="button quiet icon menu" aria-label="Menu" aria-expanded={menu.value} aria-controls="nav" onClick={() => { menu.value = !menu.value }}><Icon name={menu.value ? 'close' : 'menu'} size={16} /></button>
          <h1 ref={heading} tabIndex={-1}>{title}</h1>
          <LiveBadge />
          <button ref={commandsButton} type="button" class="button quiet icon" aria-label="Command line" title="Command line" aria-expanded={commands.value} onClick={() => { commands.value = !commands.value }}><Icon name="prompt" size={16} /></button>
          <button type="button" class="button quiet icon" aria-label={`Theme: ${theme.value}`} title={`Theme: ${theme.value}`} onClick={nextTheme}><Icon name={themeIcons[theme.value]} size={16} /></button>
          {token.value !== undefined && <button type="button" class="button quiet" onClick={signOut}>Sign out</button>}
        </header>
        <main ref={main} tabIndex={-1}>
          {liveState.value === 'broken' && (
            <div class="banner warn broken" role="status">
              <Icon name="warning" />
              <span class="grow">What you see may be old: {brokenReason.value}. It is tried again, and what was missed will be fetched.</span>
            </div>
          )}
          {Math.abs(aheadMs.value) > CLOCK_MS && (
            <div class="banner warn broken" role="status">
              <Icon name="warning" />
              <span class="grow">The clock of this machine is {durationText(Math.abs(aheadMs.value))} {aheadMs.value > 0 ? 'ahead of' : 'behind'} Weir's. Ages and times here are by Weir's clock.</span>
            </div>
          )}
          {page === undefined ? <Empty title="There is no such page"><a href={hrefOf(['overview'])}>Go to the overview</a></Empty> : <Loaded key={page.path} page={page} />}
        </main>
      </div>
      {commands.value && (
        <CommandDrawer
          onClose={() => {
            commands.value = false
            commandsButton.current!.focus()
          }}
        />
      )}
      <ConfirmDialog />
      <ProposalDialog />
      <BanDialog />
      <SignInDialog />
      <Toasts />
    </div>
  )
}

const Sections = ({ current }: { readonly current: string }): JSX.Element => {
  const sections = [...new Set(pages.map(({ section }) => section))]
  return (
    <>
      {sections.map(section => (
        <div key={section}>
          <div class="section" id={`section-${section}`}>{section}</div>
          <ul aria-labelledby={`section-${section}`}>
            {pages.filter(page => page.section === section).map(({ path, title }) => (
              <li key={path}><a class="item" href={hrefOf([path])} aria-current={path === current ? 'page' : undefined}>{title}</a></li>
            ))}
          </ul>
        </div>
      ))}
    </>
  )
}

/** A page, once its module is there. A module that is gone, because the server has another version now, is told. */
const Loaded = ({ page }: { readonly page: PageEntry }): JSX.Element | null => {
  const [Page, setPage] = useState<ComponentType | undefined>(undefined)
  const [error, setError] = useState<unknown>(undefined)
  useEffect(() => {
    page.load().then(
      loaded => { setPage(() => loaded) },
      () => { setError(new Error('This page could not be loaded: the server may have another version now.')) }
    )
  }, [page])
  if (error !== undefined) return <Fault error={error} onRetry={() => { location.reload() }} />
  return Page === undefined ? null : <Page />
}
