package org.verbena.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PrivateDataTest {
  @Test
  void anAskSurvivesItsPadding() throws Exception {
    Ask ask = new Ask(64L << 20, 2000);
    assertEquals(ask, Ask.decode(Arrays.copyOf(ask.encode(), 56)));
  }

  @Test
  void anOfferSurvivesItsPadding() throws Exception {
    Offer offer = new Offer(0x7fff_1234_5678_9000L, 0xdeadbeef);
    assertEquals(offer, Offer.decode(Arrays.copyOf(offer.encode(), 196)));
  }

  @Test
  void whatOthersSendIsRefused() {
    assertThrows(DemoException.class, () -> Ask.decode(new byte[56]));
    assertThrows(DemoException.class, () -> Ask.decode(new byte[0]));
    assertThrows(DemoException.class, () -> Offer.decode(new byte[196]));
    assertThrows(DemoException.class, () -> Offer.decode(new Ask(1, 1).encode()));
  }

  @Test
  void anAskIsLimited() {
    assertThrows(DemoException.class, () -> Ask.decode(new Ask(0, 1).encode()));
    assertThrows(DemoException.class, () -> Ask.decode(new Ask(1, -1).encode()));
    assertThrows(DemoException.class, () -> Ask.decode(new Ask((1L << 30) + 1, 1).encode()));
  }
}
