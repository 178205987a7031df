/** Protocol level: 3 is MQTT 3.1, 4 is MQTT 3.1.1, 5 is MQTT 5. */
export type Level = 3 | 4 | 5
