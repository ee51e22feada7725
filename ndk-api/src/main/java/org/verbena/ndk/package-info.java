/**
 * The Network Direct programming model for Java.
 *
 * <p>Each interface here is one NDKPI object; its methods are that object's dispatch table, each
 * named after its entry without the {@code Ndk} prefix. Statuses, flags and their values are
 * NDKPI's. {@link org.verbena.ndk.NdkWaitSet} and methods marked as ours are not. Four contracts
 * hold everywhere:
 *
 * <ul>
 *   <li><b>Creation</b> returns the object or throws {@link org.verbena.ndk.NdkException} with the
 *       status.
 *   <li><b>A request</b> with a {@link org.verbena.ndk.NdkRequestCompletion} returns {@link
 *       org.verbena.ndk.NdkStatus#PENDING} and then calls the completion exactly once, or returns
 *       another status, which is final. The form without a completion returns a {@link
 *       java.util.concurrent.CompletionStage} instead, which fails with {@code NdkException}; it
 *       completes in the call, or on the dispatcher thread, which then also runs its dependent
 *       stages unless they are async.
 *   <li><b>A work request</b> (send, receive, read, write …) returns at once whether it was posted.
 *       {@link org.verbena.ndk.NdkStatus#SUCCESS} promises one result on the completion queue, or
 *       none if it is silent and succeeds; any other status promises none.
 *   <li><b>Closing</b> is asynchronous: an object that others depend on goes after the last of
 *       them. A call on a closed object returns or throws {@link
 *       org.verbena.ndk.NdkStatus#INVALID_HANDLE}, or throws {@code IllegalStateException} where it
 *       has no status.
 * </ul>
 *
 * <p>What happens in each kind of call, and on which thread: the consumer's, the adapter's control
 * thread, or its dispatcher, which reads the kernel's events and runs callbacks. Where it says
 * control, the consumer's thread or the dispatcher may stand in while that thread is idle:
 *
 * <pre>
 *   a request       consumer    NdkQp.send or another: checked, recorded, added to a chain of work
 *                               requests; unless it is deferred, ibv_post_send posts the chain
 *   a completion    consumer    NdkCq.getCqResults: ibv_poll_cq; each completion is written as a
 *                               result into the consumer's NdkResults
 *   a notification  consumer    NdkCq.armCq: ibv_req_notify_cq
 *                   dispatcher  ibv_get_cq_event, then the NdkCqNotification; for a queue of an
 *                               NdkWaitSet the consumer, in await
 *   a connect       consumer    NdkConnector.connect: PENDING
 *                   control     rdma_bind_addr, rdma_resolve_addr, rdma_resolve_route and
 *                               rdma_connect, each when the event of the one before has come
 *                   dispatcher  the NdkRequestCompletion of connect
 *                   consumer    NdkConnector.completeConnect: PENDING
 *                   control     ibv_modify_qp to RTS, rdma_establish
 *                   dispatcher  the NdkRequestCompletion of completeConnect
 *   a close         consumer    NdkQp.close or another: PENDING; calls are refused from here on
 *                   control     a queue pair is flushed (ibv_modify_qp to ERR) and drained; once
 *                               successors, requests and callbacks are gone, ibv_destroy_qp
 *                   dispatcher  the NdkCloseCompletion
 * </pre>
 *
 * <p>NDKPI's {@code RequestContext} of callbacks is what a lambda captures here; that of work
 * requests is a {@code long}. An argument that is never valid (null, heap memory where native
 * memory is required) throws {@code NullPointerException} or {@code IllegalArgumentException}.
 *
 * <p>Control methods may be called from any thread, callbacks included. Creating, flushing,
 * rejecting and releasing make system calls and may block briefly, where NDKPI would return {@code
 * STATUS_PENDING}. The methods of the data path (posting and polling) are for one thread at a time
 * on each queue, as NDKPI requires; calls that break this rule wait for each other. Unless stated
 * otherwise, memory is native, lengths are in bytes, and numbers in the host's byte order.
 */
@NullMarked
package org.verbena.ndk;

import org.jspecify.annotations.NullMarked;
