package org.verbena.ndk;

import java.net.InetAddress;
import java.util.List;

/**
 * One port of an RDMA device of this machine, as it was when listed.
 *
 * @param name the device's name in verbs, for example {@code mlx5_0} or {@code rxe0}
 * @param port the port number, from 1
 * @param active whether the port is up
 * @param technology what carries the port's traffic
 * @param addresses the port's IP addresses but link-local ones, from its GIDs; only RoCE has any
 */
public record NdkDevice(
    String name,
    int port,
    boolean active,
    NdkRdmaTechnology technology,
    List<InetAddress> addresses) {}
