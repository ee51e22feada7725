package org.verbena.benchmarks;

import com.ibm.disni.verbs.IbvCQ;
import com.ibm.disni.verbs.IbvQP;
import com.ibm.disni.verbs.IbvSendWR;
import com.ibm.disni.verbs.IbvSge;
import com.ibm.disni.verbs.IbvWC;
import com.ibm.disni.verbs.RdmaVerbs;
import com.ibm.disni.verbs.SVCPollCq;
import com.ibm.disni.verbs.SVCPostSend;
import com.ibm.disni.verbs.impl.NatIbvCQ;
import com.ibm.disni.verbs.impl.NatIbvQP;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.CompilerControl;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Setup;

/**
 * The requests of {@link DataPath} with DiSNI, a library over JNI, the way that it is fastest: by
 * verb calls that are made once, changed and executed again. Only these are DiSNI's; the queue pair
 * that they run on was connected as for all others.
 */
@SuppressWarnings("NullAway.Init") // by @Setup
public class DisniDataPath extends NoopQueuePair {
  private final IbvWC[] oneResult = {new IbvWC()};
  private final IbvWC[] results = Stream.generate(IbvWC::new).limit(CHAIN).toArray(IbvWC[]::new);
  private SVCPostSend one;
  private SVCPostSend chain;
  private SVCPollCq pollOne;
  private SVCPollCq pollMany;

  /** Makes the verb calls. */
  @Override
  @Setup
  public void open() throws Exception {
    super.open();
    RdmaVerbs verbs = RdmaVerbs.open();
    IbvQP ibvQp = new NatIbvQP(handle(qp).address(), null);
    IbvCQ ibvCq = new NatIbvCQ(handle(cq).address(), null, null, 0);
    one = verbs.postSend(ibvQp, List.of(write()), null);
    chain = verbs.postSend(ibvQp, Stream.generate(this::write).limit(CHAIN).toList(), null);
    pollOne = verbs.pollCQ(ibvCq, oneResult, 1);
    pollMany = verbs.pollCQ(ibvCq, results, CHAIN);
  }

  private IbvSendWR write() {
    IbvSge element = new IbvSge();
    element.setAddr(buffer.address());
    element.setLength(BYTES);
    element.setLkey(token);
    IbvSendWR write = new IbvSendWR();
    write.getSg_list().add(element);
    write.setNum_sge(1);
    write.setOpcode(IbvSendWR.IBV_WR_RDMA_WRITE);
    write.setSend_flags(IbvSendWR.IBV_SEND_SIGNALED);
    write.getRdma().setRemote_addr(REMOTE_ADDRESS);
    write.getRdma().setRkey(REMOTE_TOKEN);
    return write;
  }

  /** A write and its result. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public long writeOne() throws IOException {
    one.getWrMod(0).setWr_id(nextContext++);
    one.execute();
    pollOne.execute();
    require(pollOne.getPolls() == 1);
    return context(oneResult[0]);
  }

  /** Writes posted as one chain, their results polled together. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  @OperationsPerInvocation(CHAIN)
  public long writeChain() throws IOException {
    for (int i = 0; i < CHAIN; i++) {
      chain.getWrMod(i).setWr_id(nextContext++);
    }
    chain.execute();
    pollMany.execute();
    require(pollMany.getPolls() == CHAIN);
    long seen = 0;
    for (IbvWC result : results) {
      seen += context(result);
    }
    return seen;
  }

  /** A poll of an empty completion queue. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void pollEmpty() throws IOException {
    pollOne.execute();
    require(pollOne.getPolls() == 0);
  }

  private static long context(IbvWC result) {
    require(result.getStatus() == 0);
    return result.getWr_id();
  }
}
