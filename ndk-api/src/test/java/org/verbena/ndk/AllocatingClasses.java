package org.verbena.ndk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.NewMultiArrayInstruction;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.classfile.instruction.NewPrimitiveArrayInstruction;
import java.lang.classfile.instruction.NewReferenceArrayInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Copies classes, and has them call {@link FailingAllocations#allocate} before each instruction
 * that allocates on the heap, or that calls a method of the JDK which allocates for them: memory of
 * arenas, elements of collections, tasks.
 */
final class AllocatingClasses {
  /** Finds the classes of this class path, for the types of variables. */
  private static final ClassFile CLASS_FILE =
      ClassFile.of(
          ClassFile.ClassHierarchyResolverOption.of(
              ClassHierarchyResolver.ofClassLoading(AllocatingClasses.class.getClassLoader())));

  private static final ClassDesc TOLD = ClassDesc.of(FailingAllocations.class.getName());
  private static final MethodTypeDesc TOLD_TYPE =
      MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_String);

  /** Of classes of the JDK. */
  private static final Set<String> ALLOCATING_METHODS =
      Set.of(
          "ofShared",
          "ofConfined",
          "allocate",
          "allocateFrom",
          "add",
          "addAll",
          "put",
          "putIfAbsent",
          "offer",
          "copyOf",
          "copyOfRange",
          "of",
          "toArray",
          "iterator",
          "execute",
          "schedule",
          "scheduleWithFixedDelay",
          "valueOf",
          "clone");

  private AllocatingClasses() {}

  /** Copies those of a folder, but for generated bindings, whose objects are short-lived. */
  static void rewrite(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(AllocatingClasses::isOurs).toList()) {
        Path copy = to.resolve(from.relativize(file).toString());
        Files.createDirectories(copy.getParent());
        Files.write(copy, rewrite(Files.readAllBytes(file)));
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static boolean isOurs(Path file) {
    String name = file.toString();
    return name.endsWith(".class")
        && !name.endsWith("-info.class")
        && !name.contains("/binding/rdma/");
  }

  private static byte[] rewrite(byte[] bytes) {
    ClassModel model = CLASS_FILE.parse(bytes);
    String name = model.thisClass().asInternalName();
    String simple = name.substring(name.lastIndexOf('/') + 1);
    ClassTransform transform =
        (builder, element) -> {
          if (element instanceof MethodModel method) {
            Site sites = new Site(simple + "." + method.methodName().stringValue());
            builder.transformMethod(method, MethodTransform.transformingCode(sites));
          } else {
            builder.with(element);
          }
        };
    return CLASS_FILE.transformClass(model, transform);
  }

  /** Adds the calls to one method. */
  private static final class Site implements CodeTransform {
    private final String method;
    private int count;

    Site(String method) {
      this.method = method;
    }

    @Override
    public void accept(CodeBuilder builder, CodeElement element) {
      allocated(element)
          .ifPresent(
              what -> {
                count++;
                builder.ldc(method + " no. " + count + ", " + what);
                builder.invokestatic(TOLD, "allocate", TOLD_TYPE);
              });
      builder.with(element);
    }
  }

  /** What an instruction allocates, if anything. */
  private static Optional<String> allocated(CodeElement element) {
    return Optional.ofNullable(
        switch (element) {
          case NewObjectInstruction created -> created.className().asInternalName();
          case NewPrimitiveArrayInstruction _ -> "array";
          case NewReferenceArrayInstruction _ -> "array";
          case NewMultiArrayInstruction _ -> "array";
          case InvokeDynamicInstruction dynamic when allocates(dynamic) ->
              dynamic.name().stringValue();
          case InvokeInstruction called when allocates(called) -> called.name().stringValue();
          default -> null;
        });
  }

  /** A lambda expression that captures something, or the concatenation of strings. */
  private static boolean allocates(InvokeDynamicInstruction dynamic) {
    List<ClassDesc> captured = dynamic.typeSymbol().parameterList();
    return !captured.isEmpty() && !dynamic.name().equalsString("typeSwitch");
  }

  private static boolean allocates(InvokeInstruction called) {
    String owner = called.owner().asInternalName();
    return owner.startsWith("java/")
        && !owner.equals("java/util/concurrent/Executor") // the library's own
        && ALLOCATING_METHODS.contains(called.name().stringValue());
  }
}
