/** The command-line tool {@code nvmf}. */
package org.verbena.examples.nvmf.cli;
