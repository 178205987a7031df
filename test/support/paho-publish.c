/* Paho C's synchronous client publishes one message over TLS with QoS 1, and prints "served" or the code of its connect.
   ARGS: URL, client ID, CA file or "", then a certificate's and a key's file, or "psk", an identity and a key in hex, or nothing.
   There is none for the version of TLS: the library ignores `sslVersion` and takes the highest one. */
#include <MQTTClient.h>
#include <stdio.h>

static unsigned int pre_shared (const char *hint, char *identity, unsigned int identity_size, unsigned char *key, unsigned int key_size, void *context) {
  (void) hint;
  char **own = context;
  snprintf(identity, identity_size, "%s", own[0]);
  unsigned int length = 0;
  unsigned int byte;
  for (const char *at = own[1]; length < key_size && sscanf(at, "%2x", &byte) == 1; at += 2) key[length++] = (unsigned char) byte;
  return length;
}

int main (int argc, char **argv) {
  if (argc < 4) return 2;
  MQTTClient client;
  MQTTClient_SSLOptions tls = MQTTClient_SSLOptions_initializer;
  if (argv[3][0] != 0) tls.trustStore = argv[3];
  if (argc == 6) {
    tls.keyStore = argv[4];
    tls.privateKey = argv[5];
  }
  if (argc == 7) {
    tls.ssl_psk_cb = pre_shared;
    tls.ssl_psk_context = argv + 5;
    tls.disableDefaultTrustStore = 1;
    tls.enabledCipherSuites = "PSK";
  }
  MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
  options.ssl = &tls;
  options.MQTTVersion = MQTTVERSION_3_1_1;
  if (MQTTClient_create(&client, argv[1], argv[2], MQTTCLIENT_PERSISTENCE_NONE, NULL) != MQTTCLIENT_SUCCESS) return 2;
  int code = MQTTClient_connect(client, &options);
  if (code == MQTTCLIENT_SUCCESS) {
    MQTTClient_deliveryToken token;
    MQTTClient_publish(client, "a", 1, "b", 1, 0, &token);
    code = MQTTClient_waitForCompletion(client, token, 10000);
    MQTTClient_disconnect(client, 1000);
  }
  if (code == MQTTCLIENT_SUCCESS) puts("served");
  else printf("%d\n", code);
  MQTTClient_destroy(&client);
  return code == MQTTCLIENT_SUCCESS ? 0 : 1;
}
