/** What `weir --help` prints. */
export const usage = `Usage: weir serve [options]

Runs the load balancer and its REST API. One line of JSON on standard output says when it is ready; logs go to standard error.

Options:
  --config FILE        configuration to start with, as GET /v1/config answers it; wins over the one saved in --state; read again on SIGHUP
  --state DIR          keep the configuration and the sessions here; without it they live in memory
  --admin HOST:PORT    where the REST API listens (default 127.0.0.1:8080); another address than loopback needs a token
  --workers N          processes that move bytes (default: one per core); 0 is this process
  --transport KIND     what moves the bytes: node (default), uring (io_uring of Linux), or auto: uring where it can be used
  --max-sessions N     most persistence entries of all LB vservers together (default 5000000)
  --token-file FILE    file with the API's bearer token, read again on SIGHUP; or set WEIR_ADMIN_TOKEN
  --log-level LEVEL    debug, info, warn, error or silent (default info)
  --grace SECONDS      time that clients have to leave when Weir is stopped (default 10)

Extensions:
  weir extension new NAME [--dir DIR]                            a folder with a protocol that works, and its tests
  weir extension test [DIR]                                      type check, and its tests in both runtimes
  weir extension bench FILE [--capture HEXFILE] [--answers HEXFILE] [--params JSON] [--seconds N] [--connections N]
                                                                 messages/s, ns and crossings per message
  weir extension build FILE [--out DIR]                          one .js for POST /v1/extensions, with its source map
  weir extension push FILE --name NAME [--api URL]               into a running Weir; token from WEIR_ADMIN_TOKEN
         [--canary PERCENT [--revert-above SHARE]]               for a share of the new connections, taken back when it fails
  weir extension rollback NAME [--api URL]                       the version before
  weir extension promote NAME [--api URL]                        the canary becomes the version

Why:
  weir explain VSERVER --bytes HEX|FILE [--side server] [--api URL]   what would become of a client that sends these bytes, as JSON

  weir --help          this text
  weir --version       the version
`
