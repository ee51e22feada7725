/** An NVMe over Fabrics host over RDMA, on {@link org.verbena.ndk} alone. */
module org.verbena.examples.nvmf {
  requires jdk.management;
  requires transitive org.verbena.ndk;

  exports org.verbena.examples.nvmf;
}
