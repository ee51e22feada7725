/**
 * The command-line tool {@code nvmf}. {@code Nvmf} has the commands; each is a class, and the
 * classes it extends have its common options. {@code Copy} and {@code Bench} do the work of the
 * commands of their names; {@code Fio}, {@code Trials} and {@code JmhFormat} are for {@code
 * compare}.
 */
package org.verbena.examples.nvmf.cli;
