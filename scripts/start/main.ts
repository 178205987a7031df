// npm start [-- --exit]: two MQTT brokers, a Weir in front of them, real clients, and a table of who reached which
// broker.
// Stays up until Ctrl-C; with --exit it stops after the round, with status 1 if any client failed.
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '@weirlb/testing'
import { WeirProcess } from '../../test/support/weir-process.ts'
import { startBroker } from './brokers.ts'
import { makeCertificate } from './certificate.ts'
import { runClients } from './clients.ts'
import { configure } from './configure.ts'
import { table } from './table.ts'

const WORKERS = 2
const exitAfterRound = process.argv.includes('--exit')

/** The port if it is free on loopback, else 0, with a note. */
const portOrAny = async (wanted: number, what: string): Promise<number> => {
  const probe = createServer().listen(wanted, '127.0.0.1')
  try {
    await once(probe, 'listening')
    return wanted
  } catch {
    console.log(`port ${wanted} is taken: ${what} gets another one`)
    return 0
  } finally {
    probe.close()
  }
}

const run = async (): Promise<boolean> => {
  console.log('starting two MQTT brokers')
  const state = await mkdtemp(join(tmpdir(), 'weir-'))
  const brokers = await Promise.all(['broker-a', 'broker-b'].map(startBroker))
  const admin = `127.0.0.1:${await portOrAny(8080, 'the REST API')}`
  console.log(`starting Weir: a control process and ${WORKERS} workers`)
  const weir = await WeirProcess.start({
    workers: WORKERS,
    admin,
    state,
    onLog: line => {
      if (Number(line['level']) >= 40) console.error(JSON.stringify(line))
    }
  })
  try {
    console.log('making a certificate, and configuring all of it over REST')
    const certificate = await makeCertificate()
    await configure(weir.api, brokers, certificate, {
      mqtt: await portOrAny(1883, 'user vserver mqtt'),
      mqtts: await portOrAny(8883, 'user vserver mqtts')
    })
    // A service without a verdict ranks behind one that is up: without this wait, all clients may go to the broker that
    // is probed first.
    await until(
      async () =>
        (await Promise.all(brokers.map(({ name }) => weir.api.status(`services/${name}`)))).every(status =>
          status === 'up'
        ),
      'both brokers to be up'
    )
    const mqtt = `mqtt://127.0.0.1:${await weir.api.port('mqtt')}`
    const mqtts = `mqtts://127.0.0.1:${await weir.api.port('mqtts')}`
    console.log()
    for (const { name, port } of brokers) console.log(`${name}  mqtt://127.0.0.1:${port}`)
    console.log(`weir      ${mqtt}  ${mqtts}  (${WORKERS} workers)\n`)
    console.log('clients connect, publish to themselves, leave, and come again\n')

    const rounds = await runClients(
      { tcp: { url: mqtt, ca: undefined }, tls: { url: mqtts, ca: certificate.cert } },
      brokers
    )
    console.log(table([
      ['client', 'MQTT', 'over', '1st visit', '2nd visit', 'own message came back'],
      ...rounds.map(
        r => [
          r.clientId,
          r.version,
          r.transport,
          r.brokers[0] ?? '-',
          r.brokers[1] ?? '-',
          r.failure ?? 'on both visits'
        ]
      )
    ]))
    const failed = rounds.filter(r => r.failure !== undefined).length
    console.log(
      failed === 0
        ? `\n${rounds.length} clients, each came twice and reached the same broker`
        : `\n${failed} of ${rounds.length} clients failed`
    )

    if (!exitAfterRound) {
      console.log(`\nREST API  ${weir.api.base}/v1\n`)
      console.log(`  curl ${weir.api.base}/v1/lb-vservers/brokers`)
      console.log(`  curl ${weir.api.base}/v1/sessions`)
      console.log(`  curl ${weir.api.base}/v1/stats`)
      console.log('\nCtrl-C stops everything.')
      await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
    }
    return failed === 0
  } finally {
    await weir.stop()
    await Promise.all(brokers.map(broker => broker.close()))
    await rm(state, { recursive: true })
  }
}

process.exitCode = await run() ? 0 : 1
