/* Paho C's asynchronous client with automaticReconnect. ARGS: port, protocol version (4: defaults, 5), client ID; --version. */
#include <MQTTAsync.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static MQTTAsync client;

static void on_failure (void *data, MQTTAsync_failureData *why) {
  (void) data;
  fprintf(stderr, "%d %s\n", why->code, why->message ? why->message : "");
}

static void on_failure5 (void *data, MQTTAsync_failureData5 *why) {
  (void) data;
  fprintf(stderr, "%d 0x%02x %s\n", why->code, (unsigned) why->reasonCode, why->message ? why->message : "");
}

static void on_connected (void *data, char *cause) {
  (void) data;
  (void) cause;
  MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
  MQTTAsync_subscribe(client, "t/#", 0, &options);
}

static int on_message (void *data, char *topic, int length, MQTTAsync_message *message) {
  (void) data;
  (void) length;
  MQTTAsync_freeMessage(&message);
  MQTTAsync_free(topic);
  return 1;
}

int main (int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "--version") == 0) {
    for (MQTTAsync_nameValue *info = MQTTAsync_getVersionInfo(); info->name; info++) if (strcmp(info->name, "Version") == 0) puts(info->value);
    return 0;
  }
  char address[64];
  snprintf(address, sizeof address, "tcp://127.0.0.1:%s", argv[1]);
  int five = atoi(argv[2]) == 5;
  MQTTAsync_createOptions create = five ? (MQTTAsync_createOptions) MQTTAsync_createOptions_initializer5 : (MQTTAsync_createOptions) MQTTAsync_createOptions_initializer;
  MQTTAsync_createWithOptions(&client, address, argv[3], MQTTCLIENT_PERSISTENCE_NONE, NULL, &create);
  MQTTAsync_setCallbacks(client, NULL, NULL, on_message, NULL);
  MQTTAsync_setConnected(client, NULL, on_connected);
  MQTTAsync_connectOptions connect = five ? (MQTTAsync_connectOptions) MQTTAsync_connectOptions_initializer5 : (MQTTAsync_connectOptions) MQTTAsync_connectOptions_initializer;
  connect.automaticReconnect = 1;
  if (five) connect.onFailure5 = on_failure5;
  else connect.onFailure = on_failure;
  int result = MQTTAsync_connect(client, &connect);
  if (result != MQTTASYNC_SUCCESS) return 1;
  for (;;) pause();
}
