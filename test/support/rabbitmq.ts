import { atEndOfFile } from './at-end.ts'
import { runProgram } from './balancer-program.ts'
import { freePort } from './free-port.ts'

/** RabbitMQ until the file ends, since its start takes ten seconds of CPU, with settings of its own and plugins. */
export const startRabbitmq = async (
  rabbitmq: string,
  epmd: string,
  settings: string,
  plugins: string
): Promise<{ output: () => string }> => {
  const [names, nodes] = [await freePort(), await freePort()]
  // It starts a daemon of its own where there is none.
  await runProgram(epmd, ['-address', '127.0.0.1', '-port', String(names)], {}, { port: names }, {}, atEndOfFile)
  return await runProgram(
    rabbitmq,
    [],
    {
      'rabbitmq.conf': `${settings}log.console = true\nlog.console.level = info\nlog.file = false\n`,
      plugins: `[${plugins}].\n`
    },
    { said: 'Server startup complete' },
    {
      ERL_EPMD_PORT: String(names),
      RABBITMQ_DIST_PORT: String(nodes),
      RABBITMQ_NODENAME: `weir-${names}@localhost`,
      RABBITMQ_MNESIA_BASE: 'DIR/mnesia',
      RABBITMQ_LOG_BASE: 'DIR/log',
      RABBITMQ_CONFIG_FILE: 'DIR/rabbitmq.conf',
      RABBITMQ_ENABLED_PLUGINS_FILE: 'DIR/plugins',
      RABBITMQ_PID_FILE: 'DIR/pid'
    },
    atEndOfFile
  )
}
