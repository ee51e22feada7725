/**
 * The Java programs that are measured, each in its own processes: {@code PeerProcess} talks to
 * {@code JavaProgram} over its standard input and output, and a {@code Peer} runs one task at a
 * time as server or client. Read {@code PeerProcess}, {@code Peer}, {@code VerbenaPeer} and {@code
 * VerbenaLink}; then {@code VerbenaLatency}, {@code VerbenaBandwidth} and the like, which contain
 * the measured loops, and {@code SocketPeer} and {@code UcxPeer} for comparison.
 */
@NullMarked
package org.verbena.benchmarks.device.peer;

import org.jspecify.annotations.NullMarked;
