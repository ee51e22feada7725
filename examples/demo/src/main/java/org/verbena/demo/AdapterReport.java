package org.verbena.demo;

import java.lang.reflect.Field;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import org.verbena.ndk.NdkAdapter;
import org.verbena.ndk.NdkAdapterFlags;
import org.verbena.ndk.NdkAdapterInfo;

/** Prints the adapter's attributes. */
final class AdapterReport {
  private AdapterReport() {}

  static void print(Console console, NdkAdapter adapter) {
    console.line("adapter " + adapter.deviceName() + ", port " + adapter.port());
    NdkAdapterInfo info = adapter.queryAdapterInfo();
    try {
      // By reflection, so that no field is missed.
      for (RecordComponent component : NdkAdapterInfo.class.getRecordComponents()) {
        String name = component.getName();
        String title = Character.toUpperCase(name.charAt(0)) + name.substring(1);
        console.field(title, text(title, component.getAccessor().invoke(info)));
      }
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("public records and constants cannot be read", e);
    }
  }

  private static Object text(String title, Object value) throws IllegalAccessException {
    return switch (title) {
      case "VendorId", "DeviceId" -> "0x" + Integer.toHexString((int) value);
      case "AdapterFlags" -> flags((int) value);
      // NDK's numbers are unsigned.
      default -> value instanceof Integer number ? Integer.toUnsignedString(number) : value;
    };
  }

  static String flags(int flags) throws IllegalAccessException {
    String prefix = "NDK_ADAPTER_FLAG_";
    List<String> names = new ArrayList<>();
    for (Field constant : NdkAdapterFlags.class.getFields()) {
      if (constant.getName().startsWith(prefix) && (flags & constant.getInt(null)) != 0) {
        names.add(constant.getName().substring(prefix.length()));
      }
    }
    return "0x%x %s".formatted(flags, String.join(" ", names)).strip();
  }
}
