package org.verbena.benchmarks.report;

import java.awt.Color;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The colours of the plots; those of the programs are distinguishable with colour blindness. */
enum Colour {
  INK(0x1c2430, 0xe6e9ee),
  FAINT(0xdde2e8, 0x343c48),
  PAPER(0xfefefe, 0x14181f),
  BLUE(0x0069b4, 0x5bb4f0),
  VERMILION(0xcc4e00, 0xff9257),
  GREEN(0x00805e, 0x3fcfa3),
  PURPLE(0x9c3d7c, 0xe597c8),
  OCHRE(0x866400, 0xe3bd45),
  GREY(0x5a6573, 0xa9b3c0);

  /** For a light page; plots are drawn with it. */
  final Color light;

  private final Color dark;

  Colour(int light, int dark) {
    this.light = new Color(light);
    this.dark = new Color(dark);
  }

  /** CSS rules that replace the drawn colours by those for a dark page. */
  static String darkCss() {
    return Arrays.stream(values())
        .map(
            colour ->
                """
                svg [fill="%1$s"] { fill: %2$s } svg [stroke="%1$s"] { stroke: %2$s }
                """
                    .formatted(css(colour.light), css(colour.dark)))
        .collect(Collectors.joining());
  }

  private static String css(Color color) {
    return "rgb(%d,%d,%d)".formatted(color.getRed(), color.getGreen(), color.getBlue());
  }
}
