package org.verbena.binding;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What Verbena's classes use of the generated ones, by the names of {@link GeneratedAbi}. */
final class UsedNames {
  private static final String GENERATED = "org/verbena/binding/rdma/";

  /** The methods of a generated struct that tell its size. */
  private static final Set<String> OF_SIZE =
      Set.of("layout", "sizeof", "allocate", "allocateArray", "asSlice", "reinterpret");

  private final Set<String> names = new TreeSet<>(GeneratedAbi.OF_ARCHITECTURE);

  /**
   * Reads class files.
   *
   * @param folders where they are
   */
  UsedNames(List<Path> folders) throws IOException {
    for (Path folder : folders) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.filter(path -> path.toString().endsWith(".class")).toList()) {
          if (!folder.relativize(file).startsWith(GENERATED)) {
            addReferences(file);
          }
        }
      }
    }
  }

  private void addReferences(Path classFile) throws IOException {
    for (PoolEntry entry : ClassFile.of().parse(classFile).constantPool()) {
      if (entry instanceof MemberRefEntry member
          && member.owner().asInternalName().startsWith(GENERATED)) {
        // ibv_send_wr$wr$rdma is a struct in a struct, remote_addr$offset is about a field.
        String owner =
            member.owner().asInternalName().substring(GENERATED.length()).replace('$', '.');
        String name = member.name().stringValue().replaceFirst("\\$.*", "");
        boolean size = OF_SIZE.contains(name);
        names.add(owner.equals("RdmaCore") ? name : size ? owner : owner + "." + name);
      }
    }
  }

  int count() {
    return names.size();
  }

  /** The fields of a struct. */
  List<String> fieldsOf(String struct) {
    return names.stream().filter(name -> name.startsWith(struct + ".")).toList();
  }

  /** Tells whether a value matters: it is used, or is of a field that is, or in one. */
  boolean contain(String name) {
    String path = name.replace("$bytes", "");
    while (path.contains(".")) {
      if (names.contains(path)) {
        return true;
      }
      path = path.substring(0, path.lastIndexOf('.'));
    }
    return names.contains(name);
  }
}
