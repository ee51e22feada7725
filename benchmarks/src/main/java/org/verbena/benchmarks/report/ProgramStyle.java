package org.verbena.benchmarks.report;

import java.awt.BasicStroke;
import java.awt.Polygon;
import java.awt.Shape;
import java.awt.Stroke;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Rectangle2D;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;

/** The programs that are compared; each has the same style in every plot. */
enum ProgramStyle {
  VERBENA("verbena", "Verbena", Colour.BLUE, new Ellipse2D.Double(-3.5, -3.5, 7, 7)),
  C("c", "C", Colour.VERMILION, new Rectangle2D.Double(-5, -5, 10, 10), 6, 3),
  SOCKETS("sockets", "Sockets", Colour.GREEN, polygon(0, -5, 5, 4, -5, 4), 2, 3),
  SOCKETS_SPINNING(
      "sockets-spinning",
      "Sockets, spinning",
      Colour.PURPLE,
      polygon(0, -5, 5, 0, 0, 5, -5, 0),
      8,
      3,
      2,
      3),
  UCX("ucx", "UCX", Colour.OCHRE, polygon(0, 5, 5, -4, -5, -4), 12, 4),
  FFM("ffm", "FFM alone", Colour.GREEN, polygon(0, -5, 5, 4, -5, 4), 2, 3),
  DISNI("disni", "DiSNI", Colour.OCHRE, polygon(0, 5, 5, -4, -5, -4), 12, 4),
  KERNEL("kernel", "Linux kernel", Colour.GREY, new Rectangle2D.Double(-2, -5, 4, 10), 4, 4);

  /** Orders programs as in this enum, unknown ones last. */
  static final Comparator<String> ORDER =
      Comparator.<String>comparingInt(
              id -> of(id).map(ProgramStyle::ordinal).orElse(values().length))
          .thenComparing(Comparator.naturalOrder());

  /** Its name in results.json. */
  final String id;

  final String title;
  final Colour colour;
  final Shape shape;
  final Stroke stroke;

  ProgramStyle(String id, String title, Colour colour, Shape shape, float... dash) {
    this.id = id;
    this.title = title;
    this.colour = colour;
    this.shape = shape;
    this.stroke =
        new BasicStroke(
            2, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, dash.length == 0 ? null : dash, 0);
  }

  static Optional<ProgramStyle> of(String id) {
    return Arrays.stream(values()).filter(program -> program.id.equals(id)).findFirst();
  }

  /** The style; unknown programs have that of the last one. */
  static ProgramStyle look(String id) {
    return of(id).orElse(KERNEL);
  }

  /** The title; for an unknown program its id. */
  static String title(String id) {
    return of(id).map(program -> program.title).orElse(id);
  }

  private static Polygon polygon(int... xy) {
    Polygon polygon = new Polygon();
    for (int i = 0; i < xy.length; i += 2) {
      polygon.addPoint(xy[i], xy[i + 1]);
    }
    return polygon;
  }
}
