/**
 * The programs in Java that are measured, each in a process of its own: {@code PeerProcess} speaks
 * with {@code JavaProgram} over its standard input and output, a {@code Peer} does one task at a
 * time as server or client. Read {@code PeerProcess}, {@code Peer}, {@code VerbenaPeer} and {@code
 * VerbenaLink}; then {@code VerbenaLatency}, {@code VerbenaBandwidth} and the like, which have the
 * measured loops, and {@code SocketPeer} and {@code UcxPeer} for comparison.
 */
package org.verbena.benchmarks.device.peer;
