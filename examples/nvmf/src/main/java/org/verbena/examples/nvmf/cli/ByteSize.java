package org.verbena.examples.nvmf.cli;

import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number of bytes, optionally with k, m or g for 2^10, 2^20 or 2^30. */
final class ByteSize implements ITypeConverter<Long> {
  @Override
  public Long convert(String value) {
    String text = value.toLowerCase(Locale.ROOT);
    int unit = text.isEmpty() ? -1 : "kmg".indexOf(text.charAt(text.length() - 1));
    String digits = unit < 0 ? text : text.substring(0, text.length() - 1);
    try {
      return Math.multiplyExact(Long.parseLong(digits), 1L << (10 * (unit + 1)));
    } catch (ArithmeticException | NumberFormatException _) {
      throw new TypeConversionException("'" + value + "' is not a number of bytes");
    }
  }
}
