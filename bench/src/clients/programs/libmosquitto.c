/* mosquitto_loop_forever, which reconnects. ARGS: port, protocol version, client ID; --version. */
#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_connect (struct mosquitto *m, void *data, int code) {
  (void) data;
  if (code == 0) mosquitto_subscribe(m, NULL, "t/#", 0);
  else fprintf(stderr, "%s\n", mosquitto_connack_string(code));
}

int main (int argc, char **argv) {
  int major, minor, revision;
  mosquitto_lib_init();
  mosquitto_lib_version(&major, &minor, &revision);
  if (argc == 2 && strcmp(argv[1], "--version") == 0) return printf("%d.%d.%d\n", major, minor, revision) < 0;
  struct mosquitto *m = mosquitto_new(argv[3], 1, NULL);
  mosquitto_int_option(m, MOSQ_OPT_PROTOCOL_VERSION, atoi(argv[2]));
  mosquitto_connect_callback_set(m, on_connect);
  int result = mosquitto_connect(m, "127.0.0.1", atoi(argv[1]), 60);
  if (result == MOSQ_ERR_SUCCESS) result = mosquitto_loop_forever(m, -1, 1);
  return result;
}
