/** The text of `weir --help`. */
export const usage = `Usage: weir serve [options]

Runs the load balancer and its REST API. It prints one line of JSON to standard output when it is ready, and logs to standard error.

Options:
  --config FILE        initial configuration, in the form of GET /v1/config; replaces the one in --state; reloaded on SIGHUP
  --state DIR          store the configuration and the sessions here; without it they are in memory only
  --admin HOST:PORT    address of the REST API (default 127.0.0.1:8080); any address but loopback requires a token
  --workers N          processes that move bytes (default: one per core); 0 is this process
  --transport KIND     transport: node (default), uring (io_uring of Linux), or auto: uring where available
  --max-sessions N     maximum persistence entries of all LB vservers together (default 5000000)
  --dns IP[:PORT],…    DNS servers for host names of services (default: those of the system, after its hosts file)
  --token-file FILE    file with the API's bearer token, reloaded on SIGHUP; or set WEIR_ADMIN_TOKEN
  --log-level LEVEL    debug, info, warn, error or silent (default info)
  --grace SECONDS      time for clients to leave when Weir stops (default 10); many are told at a pace, within half of it

Extensions:
  weir extension new NAME [--dir DIR]                            create a folder with a working protocol and its tests
  weir extension validate FILE [--check types|off]               load it, check its types against the SDK, print what it declares
  weir extension test [DIR]                                      check types, and run its tests in both runtimes
  weir extension bench FILE [--capture HEXFILE] [--answers HEXFILE] [--params JSON] [--seconds N] [--connections N]
                                                                 measure messages/s, ns and crossings per message
  weir extension build FILE [--out DIR] [--check types|off]      write one .js for POST /v1/extensions, with its source map
  weir extension push FILE --name NAME [--check types|off] [--api URL]
                                                                 upload to a running Weir; token from WEIR_ADMIN_TOKEN
         [--canary PERCENT [--revert-above SHARE]]               as a canary for a share of new connections, reverted if it fails
  weir extension rollback NAME [--api URL]                       restore the previous version
  weir extension promote NAME [--api URL]                        promote the canary

NetScaler's commands:
  weir exec "COMMAND" …  [--api URL] [--json]                     run commands on a running Weir: all of them, or none
  weir exec -f FILE      [--api URL] [--json]                     the commands of a file, one per line; - is standard input
  weir shell [--api URL]                                          read commands from the terminal, with completion, history and help
  weir export [--format ns|json] [--api URL]                     print the configuration as commands, or as a document

Explaining:
  weir explain VSERVER --bytes HEX|FILE [--client JSON|FILE] [--side server|request] [--api URL]
                                                                 print the treatment of a client that sends these bytes, as JSON

  weir --help          print this text
  weir --version       print the version
`
