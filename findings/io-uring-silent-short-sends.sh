#!/usr/bin/env bash
# io_uring of Linux 6.18 (liburing 2.3): IOSQE_CQE_SKIP_SUCCESS hides a send that took only a part of its bytes. With MSG_WAITALL the part is told, as a completion with a count that is no error.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -q liburing-dev=2.3-3 liburing2=2.3-3 > apt.log 2>&1 || { cat apt.log; exit 2; }
for deb in *.deb; do dpkg -x "$deb" root; done
export LD_LIBRARY_PATH=$dir/root/usr/lib/$(uname -m)-linux-gnu
cat > try.c <<'C'
#include <arpa/inet.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#define BIG (16 << 20)

/** Sends once to a peer that does not read yet. Prints completions and what the peer gets; returns what was told, 0 for nothing. */
static int once (struct io_uring *ring, const char *what, int flags, long *arrived) {
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *) &address, length) || listen(listener, 1)) exit(2);
  getsockname(listener, (struct sockaddr *) &address, &length);
  int from = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(from, (struct sockaddr *) &address, length)) exit(2);
  int to = accept(listener, NULL, NULL);
  char *bytes = calloc(1, BIG);
  struct io_uring_sqe *entry = io_uring_get_sqe(ring);
  io_uring_prep_send(entry, from, bytes, BIG, flags | MSG_DONTWAIT | MSG_NOSIGNAL);
  entry->flags |= IOSQE_CQE_SKIP_SUCCESS;
  if (io_uring_submit(ring) != 1) exit(2);
  int told = 0;
  struct io_uring_cqe *completion;
  if (io_uring_peek_cqe(ring, &completion) == 0) {
    told = completion->res;
    io_uring_cqe_seen(ring, completion);
  }
  // The end of the stream is after all that was taken.
  shutdown(from, SHUT_WR);
  *arrived = 0;
  for (long got; (got = recv(to, bytes, BIG, 0)) > 0;) *arrived += got;
  printf("%s: asked to send %d bytes, completion: %d, the peer gets %ld\n", what, BIG, told, *arrived);
  close(from); close(to); close(listener); free(bytes);
  return told;
}

int main (void) {
  struct utsname system;
  uname(&system);
  printf("Linux %s\n", system.release);
  struct io_uring ring;
  if (io_uring_queue_init(8, &ring, 0)) { puts("no io_uring here"); return 2; }
  long plain, whole;
  int silent = once(&ring, "without MSG_WAITALL", 0, &plain);
  int told = once(&ring, "with MSG_WAITALL   ", MSG_WAITALL, &whole);
  int as_seen = silent == 0 && plain > 0 && plain < BIG && told == whole && whole > 0 && whole < BIG;
  puts(as_seen ? "as seen: a short send is silent without MSG_WAITALL" : "CHANGED");
  return as_seen ? 0 : 1;
}
C
cc -o try -Iroot/usr/include try.c -L"$LD_LIBRARY_PATH" -l:liburing.so.2 || exit 2
status=0
./try || status=$?
# 2: it could not run.
[ "$status" -eq 0 ] || [ "$status" -eq 2 ] || exit 1
exit "$status"
