/**
 * The report of a run: reads the results, checks them against the goals, and writes a page, a table
 * for a README and its plot. Read {@code Results} and {@code Row}, {@code Goals}, then {@code Page}
 * with its template {@code page.mustache}; {@code Section} defines what the page shows. It does not
 * depend on how anything was measured. {@code SoakReport} draws the samples of a soak.
 */
@NullMarked
package org.verbena.benchmarks.report;

import org.jspecify.annotations.NullMarked;
