/** The longest statement or row of an app. */
export const PACKET_BYTES = 64 * 1024 ** 2
/** Of a dump: what is binary takes twice its room there. It is also the most that the protocol knows. */
export const DUMP_PACKET_BYTES = 1024 ** 3
