/** An NVMe over Fabrics host over RDMA, built on {@link org.verbena.ndk} alone, and its tool. */
@SuppressWarnings("requires-automatic") // HdrHistogram is not a module yet
module org.verbena.examples.nvmf {
  requires com.google.gson;
  requires HdrHistogram;
  requires info.picocli;
  requires jdk.management;
  requires static org.jspecify;
  requires transitive org.verbena.ndk;

  exports org.verbena.examples.nvmf;

  opens org.verbena.examples.nvmf.cli to
      com.google.gson,
      info.picocli;
}
