/** Which of a connection's two peers a stream comes from. */
export const CLIENT = 0
export const SERVER = 1
export type Side = typeof CLIENT | typeof SERVER
