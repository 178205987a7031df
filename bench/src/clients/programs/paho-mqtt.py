# paho-mqtt with loop_forever, which reconnects. ARGS: port, protocol version, client ID.
import sys
import paho.mqtt.client as mqtt

port, version = map(int, sys.argv[1:3])
client = mqtt.Client(sys.argv[3], protocol=version)


def on_connect(client, *_):
    if _[2] == 0:
        client.subscribe('t/#')
    else:
        print(_[2], file=sys.stderr, flush=True)


client.on_connect = on_connect
client.connect('127.0.0.1', port)
client.loop_forever()
