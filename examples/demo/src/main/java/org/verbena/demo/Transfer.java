package org.verbena.demo;

import java.lang.foreign.MemorySegment;
import org.verbena.ndk.NdkAdapterInfo;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.NdkStatus;

/**
 * Moves a large buffer by RDMA WRITE or RDMA READ: in pieces, with several in flight, so that the
 * device always has a next one.
 */
final class Transfer {
  private final String name;
  private final Post post;
  private final MemorySegment local;
  private final int localToken;
  private final Offer remote;

  /** {@code qp::write} or {@code qp::read}. */
  @FunctionalInterface
  interface Post {
    NdkStatus post(
        long requestContext, NdkSgl sgl, int nSge, long remoteAddress, int remoteToken, int flags);
  }

  Transfer(String name, Post post, MemorySegment local, int localToken, Offer remote) {
    this.name = name;
    this.post = post;
    this.local = local;
    this.localToken = localToken;
    this.remote = remote;
  }

  /** Moves the whole buffer and reports progress. */
  void run(Completions done, NdkAdapterInfo info, Console console)
      throws DemoException, InterruptedException {
    long bytes = local.byteSize();
    long piece = Math.min(Options.MIB, info.maxTransferLength());
    NdkSgl sgl = new NdkSgl(1); // reusable as soon as a request is posted
    long posted = 0;
    long finished = 0;
    int inFlight = 0;
    int quarter = 1;
    long start = System.nanoTime();
    while (finished < bytes) {
      for (; posted < bytes && inFlight < Connection.DEPTH; inFlight++) {
        long length = Math.min(piece, bytes - posted);
        sgl.set(0, local.asSlice(posted, length), localToken);
        // The result carries the request context: here the length of the piece.
        Connection.posted(
            name, post.post(length, sgl, 1, remote.address() + posted, remote.token(), 0));
        posted += length;
      }
      int count = done.await();
      for (int i = 0; i < count; i++) {
        finished += done.results().requestContext(i);
      }
      inFlight -= count;
      for (; quarter < 4 && finished >= bytes / 4 * quarter; quarter++) {
        console.line("%s %d %%".formatted(name, 25 * quarter));
      }
    }
    long nanos = System.nanoTime() - start;
    console.line("%s of %s in %s".formatted(name, Console.mib(bytes), Console.rate(bytes, nanos)));
  }
}
