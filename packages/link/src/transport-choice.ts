/** How bytes are moved: on Node's sockets, on io_uring, or on io_uring where it can be used. */
export const transportChoices = ['auto', 'node', 'uring'] as const
export type TransportChoice = typeof transportChoices[number]
