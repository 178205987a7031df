import type { ByteLink } from '@weirlb/link'

/** Another number whenever the peer of a link has sent something, or has taken something that was sent to it. */
export const movedOn = (link: ByteLink): number => link.bytesRead + link.bytesWritten - link.unsent
