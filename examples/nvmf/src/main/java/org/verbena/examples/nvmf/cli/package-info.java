/**
 * The command-line tool {@code nvmf}. {@code Nvmf} registers the commands; each is a class, whose
 * superclasses have the options that it shares with others. {@code Copy} and {@code Bench} do the
 * work of the commands of their names; {@code Fio}, {@code Trials} and {@code JmhFormat} are for
 * {@code compare}.
 */
@NullMarked
package org.verbena.examples.nvmf.cli;

import org.jspecify.annotations.NullMarked;
