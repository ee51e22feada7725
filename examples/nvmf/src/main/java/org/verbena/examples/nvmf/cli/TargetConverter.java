package org.verbena.examples.nvmf.cli;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.verbena.examples.nvmf.NvmfHost;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT. */
final class TargetConverter implements ITypeConverter<InetSocketAddress> {
  @Override
  public InetSocketAddress convert(String text) {
    int colon = text.lastIndexOf(':');
    boolean hasPort = colon > 0 && (text.indexOf(':') == colon || text.charAt(colon - 1) == ']');
    String address = hasPort ? text.substring(0, colon) : text;
    try {
      int port = hasPort ? Integer.parseInt(text.substring(colon + 1)) : NvmfHost.DEFAULT_PORT;
      return new InetSocketAddress(InetAddress.getByName(address), port);
    } catch (UnknownHostException _) {
      throw new TypeConversionException("unknown host: " + text);
    } catch (IllegalArgumentException _) { // not a number, or not a port
      throw new TypeConversionException("invalid port: " + text);
    }
  }
}
