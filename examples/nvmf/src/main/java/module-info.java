/** An NVMe over Fabrics host over RDMA, on {@link org.verbena.ndk} alone, and a tool for it. */
@SuppressWarnings("requires-automatic") // HdrHistogram is no module yet
module org.verbena.examples.nvmf {
  requires com.google.gson;
  requires HdrHistogram;
  requires info.picocli;
  requires jdk.management;
  requires transitive org.verbena.ndk;

  exports org.verbena.examples.nvmf;

  opens org.verbena.examples.nvmf.cli to
      com.google.gson,
      info.picocli;
}
