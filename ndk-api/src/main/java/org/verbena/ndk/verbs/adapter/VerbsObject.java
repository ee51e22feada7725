package org.verbena.ndk.verbs.adapter;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.verbena.ndk.NdkCloseCompletion;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkExtension;
import org.verbena.ndk.NdkStages;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.extension.NativeHandle;

/**
 * The lifetime of an NDK object (NDKPI's close rules).
 *
 * <p>The open object itself, each successor, each pending request and each queued callback hold a
 * reference. When the last is released the native object is destroyed, then the close completion
 * runs, then the references to the antecedents are released.
 */
public abstract class VerbsObject implements ObjectRegistry.Member {
  public final AdapterContext adapter;
  private final VerbsObject[] antecedents;

  // Created early, as there may be no memory later.
  private final Runnable releasing = this::release;
  private final Runnable closing = this::runClose;
  private final Runnable destroying = this::runDestroy;
  private final Runnable finishing = this::finishClose;

  private final AtomicInteger references = new AtomicInteger(1);
  private final AtomicBoolean closed = new AtomicBoolean();
  private final CompletableFuture<Void> whenClosed = new CompletableFuture<>();

  @SuppressWarnings("NullAway.Init") // by close
  private NdkCloseCompletion closeCompletion;

  private @Nullable Throwable destroyFailure; // set before the close is finished

  /** The thread that may finish the close itself, while it is in the call. */
  private volatile @Nullable Thread closer;

  private boolean destroyedByCloser;

  /** Only sets fields, as those of subclasses do; {@link #create} must follow. */
  protected VerbsObject(AdapterContext adapter, VerbsObject... antecedents) {
    this.adapter = adapter;
    this.antecedents = antecedents;
  }

  /** Makes the native object of an NDK object. */
  @FunctionalInterface
  public interface Making {
    void make() throws NdkException;
  }

  /**
   * Completes the creation of an object, which may be closed from here on: references its
   * antecedents, registers it with the adapter, and makes its native object. If anything fails, all
   * is undone.
   *
   * @param making if it fails, {@link #destroy} is called
   * @throws NdkException INVALID_HANDLE if the adapter or an antecedent is closed, DEVICE_REMOVED
   *     if the device is gone
   */
  protected static <T extends VerbsObject> T create(T object, Making making) throws NdkException {
    VerbsObject created = object;
    Runnable removal = created::deviceRemoved; // no memory may be left once it is published
    created.enter();
    try {
      making.make();
    } catch (NdkException | RuntimeException | Error e) {
      created.undo();
      throw e;
    }
    if (!created.adapter.objects().publish(created)) {
      created.adapter.control(removal);
    }
    return object;
  }

  private void enter() throws NdkException {
    if (adapter.isRemoved()) {
      throw new NdkException(NdkStatus.DEVICE_REMOVED, adapter + " is gone");
    }
    int acquired = 0;
    boolean entered = false;
    try {
      for (VerbsObject antecedent : antecedents) {
        if (!antecedent.acquire()) {
          throw new NdkException(NdkStatus.INVALID_HANDLE, antecedent + " has been closed");
        }
        acquired++;
      }
      if (!adapter.objects().add(this)) {
        throw new NdkException(NdkStatus.INVALID_HANDLE, adapter + " has been closed");
      }
      entered = true;
    } finally {
      if (!entered) {
        release(antecedents, acquired);
      }
    }
  }

  private void undo() {
    closed.set(true);
    tryDestroy();
    adapter.objects().remove(this);
    release(antecedents, antecedents.length);
  }

  /** Called on the closing thread: calls fail from here on. */
  protected void markClosed() {}

  /**
   * Called on the control thread when a close starts: completes what is pending. Called again if it
   * runs out of memory.
   */
  protected void startClose() {}

  @Override
  public void deviceRemoved() {}

  /** The status with which calls fail, or null. */
  public final @Nullable NdkStatus refusal() {
    if (isClosed()) {
      return NdkStatus.INVALID_HANDLE;
    }
    return adapter.isRemoved() ? NdkStatus.DEVICE_REMOVED : null;
  }

  /**
   * Called by the {@link #destroyer} when the last reference has been released, or on the calling
   * thread when its creation has failed, however far it came. Called again if it runs out of
   * memory.
   */
  protected abstract void destroy();

  /** The thread that destroys it: the control thread, unless that would delay it. */
  protected Executor destroyer() {
    return adapter.controlExecutor();
  }

  /**
   * Completes with the close, as a stage of a request does; exceptionally if {@link #destroy}
   * failed.
   */
  public final CompletionStage<Void> whenClosed() {
    return whenClosed.minimalCompletionStage();
  }

  @Override
  public final boolean isClosed() {
    return closed.get();
  }

  /** Adds a reference; false if the object has been closed. */
  public final boolean acquire() {
    return !closed.get() && retainUnlessGone();
  }

  /** Adds a reference; false if the last one has been released. */
  private boolean retainUnlessGone() {
    int count;
    do {
      count = references.get();
      if (count == 0) {
        return false;
      }
    } while (!references.compareAndSet(count, count + 1));
    return true;
  }

  /** Adds a reference; only while one is held. */
  private void retain() {
    references.incrementAndGet();
  }

  /**
   * Retains this object for a step, which starts something that releases it by the task it is
   * given; if it throws, nothing has been started. Only while a reference is held.
   */
  protected final void holding(Consumer<Runnable> step) {
    retain();
    boolean started = false;
    try {
      step.accept(releasing);
      started = true;
    } finally {
      if (!started) {
        release();
      }
    }
  }

  public final void release() {
    if (references.decrementAndGet() == 0) {
      destroyer().execute(destroying);
    }
  }

  private void runDestroy() {
    destroyFailure = tryDestroy();
    if (Thread.currentThread() == closer) {
      destroyedByCloser = true;
    } else {
      adapter.dispatcher().execute(finishing);
    }
  }

  private @Nullable Throwable tryDestroy() {
    try {
      MemoryShortage.outlast(VerbsObject::destroy, this);
      return null;
    } catch (RuntimeException | Error e) {
      adapter.log("an object could not be destroyed", e);
      return e;
    }
  }

  private static void release(VerbsObject[] objects, int count) {
    for (int i = 0; i < count; i++) {
      objects[i].release();
    }
  }

  private void finishClose() {
    try {
      closeCompletion.closed();
    } finally {
      endClose();
    }
  }

  /** First lets go, as a dependent of the stage may wait for what others close. */
  private void endClose() {
    try {
      release(antecedents, antecedents.length);
      adapter.objects().remove(this);
    } finally {
      if (destroyFailure == null) {
        whenClosed.complete(null);
      } else {
        whenClosed.completeExceptionally(destroyFailure);
      }
    }
  }

  /**
   * Runs a callback of this object on the dispatcher; the object lives until it has returned. An
   * object that is gone runs no callbacks.
   */
  public final void callback(Runnable callback) {
    dispatch(thenRelease(callback));
  }

  /** As {@link #callback}, for a callback that is created once and reused. */
  public final void dispatch(Runnable callback) {
    if (retainUnlessGone()) {
      try {
        adapter.dispatcher().execute(callback);
      } catch (RuntimeException | Error e) {
        release();
        throw e;
      }
    }
  }

  public final Runnable thenRelease(Runnable callback) {
    return () -> {
      try {
        callback.run();
      } finally {
        release();
      }
    };
  }

  @Override
  public final NdkStatus close(NdkCloseCompletion completion) {
    Objects.requireNonNull(completion, "completion");
    return close(completion, false);
  }

  @Override
  public final void close() {
    close(() -> {}, true);
  }

  /** The stage completes in the call if the object is gone by then. */
  @Override
  public final CompletionStage<Void> closeAsync() {
    return NdkStages.of(
        "close", stage -> close(() -> stage.completed(NdkStatus.SUCCESS, null), true));
  }

  /**
   * Closes it.
   *
   * @param inline whether the completion, which is not the consumer's, may run in the call
   */
  private NdkStatus close(NdkCloseCompletion completion, boolean inline) {
    if (!closed.compareAndSet(false, true)) {
      return NdkStatus.INVALID_HANDLE;
    }
    closeCompletion = completion;
    markClosed();
    closer = inline ? Thread.currentThread() : null;
    try {
      adapter.controlSoon(closing);
    } finally {
      closer = null;
    }
    if (destroyedByCloser) {
      finishHere();
    }
    return NdkStatus.PENDING;
  }

  /** As the dispatcher would: what is thrown is not the caller's, whose call has succeeded. */
  private void finishHere() {
    try {
      finishClose();
    } catch (Throwable e) {
      adapter.log("a close could not be told", e);
    }
  }

  private void runClose() {
    try {
      MemoryShortage.outlast(VerbsObject::startClose, this);
    } finally {
      release();
    }
  }

  @Override
  public final <T> T queryExtension(NdkExtension<T> asked) throws NdkException {
    if (isClosed()) {
      throw new NdkException(NdkStatus.INVALID_HANDLE, this + " has been closed");
    }
    if (Extensions.matches(asked, NativeHandle.EXTENSION)) {
      return asked.type().cast((NativeHandle) this::openHandle);
    }
    return asked.type().cast(extension(asked));
  }

  private MemorySegment openHandle() {
    if (!acquire()) {
      throw closedException();
    }
    try {
      return handle();
    } finally {
      release();
    }
  }

  /** The native handle, NULL if there is none now; only while the object is open. */
  protected abstract MemorySegment handle();

  /** The implementation of an extension other than the native handle. */
  protected Object extension(NdkExtension<?> asked) throws NdkException {
    throw Extensions.notSupported(this, asked);
  }

  public final IllegalStateException closedException() {
    return new IllegalStateException(this + " has been closed");
  }
}
