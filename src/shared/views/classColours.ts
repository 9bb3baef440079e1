/** One colour for each class, the same in every panel: hues a golden angle apart, so that neighbours in a list differ most. */

export type Rgb = readonly [red: number, green: number, blue: number];

/** Degrees between the hues of one class and the next. */
const GOLDEN_ANGLE = 137.508;
/** Lightness changes too, because hues alone are used up after a dozen. */
const lightness = [0.55, 0.7, 0.42];

/** What is no object recedes. */
const BACKGROUND: Rgb = [84, 84, 84];

/** Colours of classes by their place; of the background a grey. */
export function classColours(names: readonly string[]): Rgb[] {
  return names.map((name, k) => (/^(background|_background_|unlabell?ed)$/i.test(name) ? BACKGROUND : classColour(k)));
}

/** Red, green, blue in 0..255 of class `k`. */
export function classColour(k: number): Rgb {
  const light = lightness[k % lightness.length]!;
  const spread = 0.75 * Math.min(light, 1 - light);
  const hue = 20 + GOLDEN_ANGLE * k;
  const channel = (offset: number): number => {
    const place = (offset + hue / 30) % 12;
    return Math.round(255 * (light - spread * Math.max(-1, Math.min(place - 3, 9 - place, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

/** `#rrggbb`. */
export function hexColour(colour: Rgb): string {
  return `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}
