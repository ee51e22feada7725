/**
 * rdma-core (libibverbs and librdmacm) called from Java.
 *
 * <p>{@code org.verbena.binding.rdma} is jextract's output, {@code org.verbena.binding} the small
 * half that jextract cannot make: C inlines and macros, errno, and start-up errors. Programs that
 * use the Network Direct API do not need this module.
 */
module org.verbena.binding {
  requires static org.jspecify;

  exports org.verbena.binding;
  exports org.verbena.binding.rdma;
}
