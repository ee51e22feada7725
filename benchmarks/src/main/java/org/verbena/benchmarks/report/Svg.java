package org.verbena.benchmarks.report;

import java.awt.Dimension;
import java.awt.geom.Rectangle2D;
import java.io.StringWriter;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.apache.batik.svggen.SVGGeneratorContext;
import org.apache.batik.svggen.SVGGraphics2D;
import org.apache.batik.svggen.SVGIDGenerator;
import org.jfree.chart.JFreeChart;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** Draws plots as SVG. Those of one instance can share a page: no id is used twice. */
final class Svg {
  private final SVGIDGenerator ids = new SVGIDGenerator();

  /**
   * Draws the plot as an svg element.
   *
   * @param description the alternative text
   * @param style its own CSS, or empty
   */
  String of(JFreeChart chart, int width, int height, String description, String style) {
    SVGGeneratorContext context = SVGGeneratorContext.createDefault(document());
    context.setIDGenerator(ids);
    context.setComment(null);
    SVGGraphics2D graphics = new SVGGraphics2D(context, false);
    graphics.setSVGCanvasSize(new Dimension(width, height));
    chart.draw(graphics, new Rectangle2D.Double(0, 0, width, height));
    Element root = graphics.getRoot();
    root.setAttributeNS(null, "viewBox", "0 0 " + width + " " + height);
    root.setAttributeNS(null, "role", "img");
    root.setAttributeNS(null, "aria-label", description);
    if (!style.isEmpty()) {
      Element element = root.getOwnerDocument().createElementNS(root.getNamespaceURI(), "style");
      element.setTextContent(style);
      root.insertBefore(element, root.getFirstChild());
    }
    // Nothing refers to it, and it has the same id in every drawing.
    root.getElementsByTagName("defs").item(0).getAttributes().removeNamedItem("id");
    return text(root);
  }

  /** Not by the generator's own writer: that adds a document type with a URL. */
  private static String text(Element root) {
    StringWriter svg = new StringWriter();
    try {
      Transformer transformer = TransformerFactory.newInstance().newTransformer();
      transformer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
      transformer.transform(new DOMSource(root), new StreamResult(svg));
    } catch (TransformerException e) {
      throw new IllegalStateException(e);
    }
    return svg.toString();
  }

  private static Document document() {
    try {
      return DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .getDOMImplementation()
          .createDocument("http://www.w3.org/2000/svg", "svg", null);
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException(e);
    }
  }
}
